"""Many programs, one terminal: each line carries its program's name in its own colour."""

import os
import threading
from typing import IO

_COLOURS = ("36", "32", "35", "33", "34", "96", "92", "95", "93", "94")


class Lines:
    """Writes whole lines from several threads."""

    def __init__(self, output: IO[str], *, width: int = 12) -> None:
        self._output = output
        self._width = width
        self._lock = threading.Lock()
        self._colours: dict[str, str] = {}
        self._coloured = output.isatty() and "NO_COLOR" not in os.environ

    def write(self, name: str, text: str) -> None:
        """Write one line of the program `name`."""
        label = f"{name:<{self._width}} |"
        with self._lock:
            if self._coloured:
                colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % 10])
                label = f"\x1b[{colour}m{label}\x1b[0m"
            self._output.write(f"{label} {text}\n")
            self._output.flush()
