"""A directory that keeps callbacks while the database is away (回调暂存).

Each file is one callback whose signature was checked, with its body still encrypted by WeCom. A
file is complete or absent: it is written under another name, synced, renamed, and the directory is
synced before anything is answered.
"""

import base64
import binascii
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings

SUFFIX: Final = ".callback"
TEMPORARY_PREFIX: Final = "tmp-"
QUARANTINE: Final = "quarantine"
ABANDONED_SECONDS: Final = 3600.0
_QUERY_NAMES: Final = ("msg_signature", "timestamp", "nonce")


class SpoolUnreadable(ValueError):
    """A file of the spool does not hold a callback."""


@dataclass(frozen=True, slots=True)
class SpooledCallback:
    """One callback as it came in."""

    corp_id: str
    app_slug: str
    query: Mapping[str, str]
    body: bytes
    received_at: datetime

    def to_json(self) -> bytes:
        """Return the file's content."""
        return json.dumps(
            {
                "corp_id": self.corp_id,
                "app_slug": self.app_slug,
                "query": {name: self.query[name] for name in _QUERY_NAMES},
                "body": base64.b64encode(self.body).decode(),
                "received_at": self.received_at.isoformat(),
            }
        ).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "SpooledCallback":
        """Read a file's content back.

        Raises:
            SpoolUnreadable: it is not what `to_json` writes.
        """
        try:
            data = json.loads(content)
            received_at = datetime.fromisoformat(data["received_at"])
            if received_at.tzinfo is None:
                raise SpoolUnreadable("no time zone")
            return cls(
                corp_id=str(data["corp_id"]),
                app_slug=str(data["app_slug"]),
                query={name: str(data["query"][name]) for name in _QUERY_NAMES},
                body=base64.b64decode(data["body"], validate=True),
                received_at=received_at,
            )
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise SpoolUnreadable(type(error).__name__) from error


def write(callback: SpooledCallback, *, digest: bytes) -> Path:
    """Keep one callback on disk; the same event delivered again takes the same file.

    Raises:
        OSError: it could not be written durably; nothing may be acknowledged.
    """
    directory = _directory()
    temporary = directory / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
    target = directory / f"{callback.app_slug}-{digest.hex()}{SUFFIX}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(callback.to_json())
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(directory)
    return target


def waiting() -> Iterator[Path]:
    """Return the files that wait, in the order they were written."""
    directory = Path(settings.SPOOL_DIR)
    if not directory.is_dir():
        return iter(())
    return iter(sorted(directory.glob(f"*{SUFFIX}"), key=_written_at))


def waiting_count() -> int:
    """Return how many callbacks wait (for the gauges)."""
    return sum(1 for _ in waiting())


def read(path: Path) -> SpooledCallback:
    """Read one file.

    Raises:
        SpoolUnreadable: damaged, or not ours.
        FileNotFoundError: another process has drained it meanwhile.
    """
    return SpooledCallback.from_json(path.read_bytes())


def remove(path: Path) -> None:
    """Delete a drained file; another process may have done so."""
    path.unlink(missing_ok=True)


def quarantine(path: Path) -> bool:
    """Put a file aside that can never be drained; people look at it.

    Returns:
        False if another process has drained it or put it aside meanwhile.
    """
    aside = path.parent / QUARANTINE
    aside.mkdir(mode=0o700, exist_ok=True)
    try:
        path.rename(aside / path.name)
    except FileNotFoundError:
        return False
    _sync_directory(aside)
    return True


def sweep_temporaries() -> int:
    """Delete half-written files of processes that died; they were never acknowledged."""
    directory = Path(settings.SPOOL_DIR)
    if not directory.is_dir():
        return 0
    oldest = time.time() - ABANDONED_SECONDS
    abandoned = [
        path for path in directory.glob(f"{TEMPORARY_PREFIX}*") if _written_at(path) < oldest
    ]
    for path in abandoned:
        path.unlink(missing_ok=True)
    return len(abandoned)


def _directory() -> Path:
    directory = Path(settings.SPOOL_DIR)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
