"""The project's own files, read and parsed once."""

import ast
import functools
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FLOORS = (
    "common", "wecom", "org", "customers", "content", "touches", "campaigns", "sop", "analytics",
    "scrm",
)  # fmt: skip
PROGRAMS = ("bench", "embedded", "sandbox")
DOORS = ("console", "sidebar", "public", "api", "live")
_LOCAL = {".venv", ".local", ".git", "node_modules", "__pycache__"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file; `path` is relative to the project."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parse(self.text)

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/")

    def functions(self) -> Iterator[Function]:
        """All functions and methods, nested ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def at(self, node: ast.AST) -> str:
        """`path:line` for messages."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@functools.cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


@functools.cache
def project_files() -> tuple[str, ...]:
    """Every file that is or may be committed, as git sees it; without git, all but local state."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0 and listing.stdout:
        names = listing.stdout.splitlines()
        return tuple(name for name in names if (ROOT / name).is_file())
    return tuple(_walk())


def _walk() -> Iterator[str]:
    for directory, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in _LOCAL]
        for name in names:
            yield str((Path(directory) / name).relative_to(ROOT))


@functools.cache
def python_sources() -> tuple[Source, ...]:
    """All Python files except migrations, which Django writes."""
    return tuple(
        Source(name, (ROOT / name).read_text(encoding="utf-8"))
        for name in project_files()
        if name.endswith(".py") and "/migrations/" not in name
    )


def product_sources() -> list[Source]:
    """Python files without the tests."""
    return [source for source in python_sources() if not source.is_test]


def planted(text: str, path: str = "customers/services/planted.py") -> Source:
    """A file with a fault in it, to see that a rule can fail."""
    return Source(path, text)
