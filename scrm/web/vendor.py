"""Static files that come from npm: a named list, served from where `make setup` put them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage

PREFIX: Final = "vendor"
# Nothing else of node_modules is ever served.
FILES: Final = (
    "echarts/dist/echarts.min.js",
    # Lines, bars and pies alone, a third less: for the dashboard.
    "echarts/dist/echarts.common.min.js",
    "@wecom/jssdk/dist/wecom.prod.js",
)


class VendorFinder(BaseFinder):
    """Finds `vendor/<file>` in node_modules, for the files of the list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.root = Path(settings.BASE_DIR) / "node_modules"
        self.storage = FileSystemStorage(location=str(self.root))
        self.storage.prefix = PREFIX  # type: ignore[attr-defined] # read by collectstatic

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Say which files are missing, and which command fetches them.

        In production the collected files are there, and nobody looks into node_modules.
        """
        if not settings.DEBUG:
            return []
        return [
            Error(f"{file} is missing", hint="Run `make setup`.", id="scrm.E001")
            for file in FILES
            if not (self.root / file).is_file()
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return where the file lies, or an empty list."""
        file = path.removeprefix(f"{PREFIX}/")
        if file == path or file not in FILES or not (self.root / file).is_file():
            return []
        found = str(self.root / file)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        """Return the files for collectstatic."""
        for file in FILES:
            if (self.root / file).is_file():
                yield file, self.storage
