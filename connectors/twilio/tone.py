"""A few seconds of sound for the twin's recordings, as a WAV and as an MP3, made from nothing."""

import io
import math
import struct
import wave

# Lines of the MP3's spectrum, 19.14 Hz apart: a little tune, a note each quarter of a second.
_TUNE = (23, 29, 34, 46, 34, 29, 23, 0, 26, 31, 39, 31, 26, 0, 23, 23)
_LINE_HZ = 22050 / 2 / 576
_WAV_RATE = 8000
_FRAMES_A_NOTE = 10  # of 576 samples at 22,050 Hz: 0.26 s


def wav() -> bytes:
    """Four seconds of mono PCM, 16 bit, 8 kHz."""
    length = int(_FRAMES_A_NOTE * 576 / 22050 * _WAV_RATE)
    samples = (
        int(6000 * math.sin(2 * math.pi * line * _LINE_HZ * step / _WAV_RATE))
        for line in _TUNE
        for step in range(length)
    )
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_WAV_RATE)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return out.getvalue()


def mp3() -> bytes:
    """The same tune as MPEG-2 layer III, mono, 22,050 Hz, 32 kbit/s (ISO/IEC 13818-3)."""
    return b"".join(_frame(line, turn) for line in _TUNE for turn in range(_FRAMES_A_NOTE))


def _frame(line: int, turn: int) -> bytes:
    """One frame, whose spectrum has a single line; line 0 is silence."""
    main, pairs = _spectrum(line, turn) if line else ("", 0)
    side = (
        _bits(0, 9)  # main data begins here; private bit
        + _bits(len(main), 12)
        + _bits(pairs, 9)
        + _bits(196, 8)  # global gain
        + _bits(0, 10)  # scale factors of no bits; a long window
        + _bits(1, 5) * 3  # Huffman table 1 in all three regions
        + _bits(0, 9)
    )
    body = side + main
    packed = int(body.ljust(800, "0"), 2).to_bytes(100, "big")
    return b"\xff\xf3\x40\xc4" + packed


def _spectrum(line: int, turn: int) -> tuple[str, int]:
    """Huffman table 1: (0,0) is 1, (1,0) is 01, (0,1) is 001, and a sign behind each one.

    A steady tone turns the sign of its line from frame to frame in a pattern of four.
    """
    signs = "0110" if line % 2 == 0 else "0011"
    last = ("001" if line % 2 else "01") + signs[turn % 4]
    return "1" * (line // 2) + last, line // 2 + 1


def _bits(value: int, width: int) -> str:
    return format(value, f"0{width}b")
