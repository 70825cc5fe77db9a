"""Starting the worker that crash tests kill."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_worker(what: str, *, url: str, failpoint: str) -> int:
    """Let a process of its own work once, and die at a failpoint; returns its exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.touches.pump_once", what],
        cwd=ROOT,
        env=os.environ
        | {"FAILPOINT": failpoint, "WECOM_API_BASE_URL": url, "DISPATCH_SETTLE_SECONDS": "0"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode
