"""`hub serve` as a program of its own, from the first line to the last."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_serve_warns_of_a_mistyped_variable_and_is_ready_all_the_same(
    database_url: str, tmp_path: Path
) -> None:
    began = time.monotonic()
    given = {
        "HUB_DATABASE_URL": database_url,
        "HUB_DATA_DIR": str(tmp_path),
        "HUB_SETTEL_SECONDS": "3",
        "PYTHONPATH": str(ROOT),
    }
    program = "from hub.cli import main; main(['serve', '--port', '0'])"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | given,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        ready = process.stdout.readline()
        took = time.monotonic() - began
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=20)[1]

    assert re.fullmatch(r"Centralino is ready on http://127\.0\.0\.1:\d+\n", ready)
    assert took < 15
    assert "did you mean HUB_SETTLE_SECONDS?" in said
