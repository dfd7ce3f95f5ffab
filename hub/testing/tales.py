"""Calls in short: their events as functions of seconds, for tests that tell many of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hub.contract.events import (
    CallEvent,
    Direction,
    Ending,
    LegEvent,
    LegKind,
    MissedReason,
    Phase,
    RecordingEvent,
    RecordingKind,
    RecordingState,
    RoutingEvent,
    TalkEvent,
    Transfer,
    Verdict,
)
from hub.core.calls import Call, fold

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CALLER, CALLED = "+12025550142", "+12025550100"
A, F, C = LegKind.AGENT, LegKind.FORWARD, LegKind.CALLEE
MENU, QUEUE, BOX = LegKind.MENU, LegKind.QUEUE, LegKind.VOICEMAIL
R, E = MissedReason, Ending


def at(second: float) -> datetime:
    """The moment *second* seconds after the beginning."""
    return START + timedelta(seconds=second)


def came(direction: Direction = Direction.INBOUND) -> CallEvent:
    """The call has come in, or was placed."""
    return CallEvent(
        id="came",
        call_id="c",
        at=START,
        phase=Phase.STARTED,
        direction=direction,
        caller=CALLER,
        called=CALLED,
    )


def over(
    second: float, ending: Ending | None = E.COMPLETED, measured: float | None = None
) -> CallEvent:
    """The call's own end; *measured* is the provider's length of it."""
    return CallEvent(
        id=f"over-{ending}",
        call_id="c",
        at=at(second),
        phase=Phase.ENDED,
        ending=ending,
        seconds=measured,
    )


def leg(
    name: str,
    kind: LegKind,
    *,
    rang: float | None = None,
    answered: float | None = None,
    held: float | None = None,
    resumed: float | None = None,
    ended: float | None = None,
    ending: Ending | None = None,
    measured: float | None = None,
    transfer: Transfer | None = None,
    replaces: str | None = None,
) -> list[TalkEvent]:
    """A leg by its moments, in seconds; what is None was not told."""
    moments = {
        Phase.RINGING: rang,
        Phase.ANSWERED: answered,
        Phase.HELD: held,
        Phase.RESUMED: resumed,
        Phase.ENDED: ended,
    }
    return [
        LegEvent(
            id=f"{name}-{phase}",
            call_id="c",
            leg_id=name,
            at=at(second),
            phase=phase,
            kind=kind,
            agent=name if kind is A else None,
            ending=ending if phase is Phase.ENDED else None,
            seconds=measured if phase is Phase.ENDED else None,
            transfer=transfer,
            replaces=replaces,
        )
        for phase, second in moments.items()
        if second is not None
    ]


def message(
    measured: float | None, state: RecordingState = RecordingState.READY
) -> RecordingEvent:
    """A voicemail of *measured* seconds."""
    return RecordingEvent(
        id=f"message-{state}",
        call_id="c",
        recording_id="m",
        at=at(60),
        kind=RecordingKind.VOICEMAIL,
        state=state,
        url="https://media.example/m",
        seconds=measured,
    )


def said(verdict: Verdict) -> RoutingEvent:
    """The hub's own verdict."""
    return RoutingEvent(id=f"said-{verdict}", call_id="c", at=START, verdict=verdict)


def told(*parts: TalkEvent | Sequence[TalkEvent]) -> Call:
    """The call that *parts* tell of."""
    events: list[TalkEvent] = []
    for part in parts:
        events.extend(part if isinstance(part, Sequence) else [part])
    return fold(events)
