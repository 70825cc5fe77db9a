"""`python -m tests.sim.hunting [WORD]`: plant each bug in a copy, and play until it is found.

A child of this process forgets the modules that decide and imports them anew, the one with the bug
from a scratch file. Models stay: Django knows them already. One line a bug comes out, as JSON.
"""

import importlib.util
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path

import django

AT_ONCE = 2
DECIDING = (
    "touches.services",
    "touches.selectors",
    "sop.program",
    "sop.services",
    "sop.selectors",
    "tests.sim",
)


class _Scratch(MetaPathFinder):
    """Finds the one module that has the bug in its scratch file."""

    def __init__(self, module: str, path: Path) -> None:
        self._module = module
        self._path = path

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path)


def hunt(number: int) -> str:
    """Play histories against a bug, in this process from now on; returns what was violated."""
    from tests.sim.planted import BUGS, WITHIN, text_with

    bug = BUGS[number]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "planted.py"
        path.write_text(text_with(bug), encoding="utf-8")
        module = bug.file.removesuffix(".py").replace("/", ".")
        for name in [name for name in sys.modules if name.startswith(DECIDING)]:
            del sys.modules[name]
        sys.meta_path.insert(0, _Scratch(module, path))
        from tests.sim.history import many_histories, play

        with many_histories():
            for seed in range(WITHIN):
                violations = play(seed, profile=bug.profile).violations
                if violations:
                    return f"seed {seed}: {violations[0]}"
    return ""


def _tell(number: int, name: str) -> None:
    """Hunt in a child, and print how it went."""
    began = time.perf_counter()
    try:
        found = hunt(number)
    except Exception as error:  # noqa: BLE001 - told to whoever started this
        found = f"error: {type(error).__name__}: {error}"
    seconds = round(time.perf_counter() - began, 1)
    line = json.dumps({"bug": name, "found": found, "seconds": seconds}, ensure_ascii=False)
    os.write(1, line.encode() + b"\n")
    os._exit(0)


def main(words: Sequence[str]) -> None:
    """Hunt every bug whose name has one of the words, or all of them, two at once."""
    from tests.sim.planted import BUGS

    wanted = [
        (number, bug.name)
        for number, bug in enumerate(BUGS)
        if not words or any(word in bug.name for word in words)
    ]
    running = 0
    for number, name in wanted:
        if running == AT_ONCE:
            os.wait()
            running -= 1
        if os.fork() == 0:
            _tell(number, name)
        running += 1
    for _ in range(running):
        os.wait()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings")
    django.setup()
    main(sys.argv[1:])
