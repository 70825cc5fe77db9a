"""Static files: as they are in development; hashed and compressed in production."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import (  # type: ignore[import-untyped] # it ships no types
    CompressedManifestStaticFilesStorage,
)

_SCRIPTS, _IMPORTS = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns


class PlainStorage(StaticFilesStorage):
    """Names as they are: files are found where they lie."""


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # untyped base
    """WhiteNoise's storage, where our ES modules import each other by their hashed names too.

    Only ours: scripts of other packages import what is not there and nobody uses.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        *(
            (f"{place.name}/*.js", _IMPORTS)
            for place in sorted(Path(settings.BASE_DIR, "static").iterdir())
            if place.is_dir()
        ),
    )
