"""Django app configuration."""

import gc
import sys
from typing import Final

from django.apps import AppConfig
from django.conf import settings

from scrm.web.choices import translate_choices

# The engines make thousands of small objects a batch and hardly a cycle, the web process with very
# many open streams as well: Python's own thresholds would have its collector look through all of
# them every few milliseconds, a fifth of the time of the web's event loop.
_BUSY: Final = frozenset({"web", "worker", "pump"})
_GC_THRESHOLDS: Final = (50_000, 20, 20)
# A thread that comes back from the database waits so long for one that computes. A beacon comes
# back ten times; with Python's own 5 ms it would spend most of its life waiting.
_SWITCH_SECONDS: Final = 0.002


class ScrmConfig(AppConfig):
    """The shell: it has doors and commands, no tables."""

    name = "scrm"
    verbose_name = "微域 SCRM"

    def ready(self) -> None:
        """Labels are translated; busy processes collect garbage and switch threads otherwise."""
        translate_choices()
        if settings.PROCESS_KIND in _BUSY:
            gc.freeze()
            gc.set_threshold(*_GC_THRESHOLDS)
        if settings.PROCESS_KIND == "web":
            sys.setswitchinterval(_SWITCH_SECONDS)
