"""Django app configuration."""

import gc
from typing import Final

from django.apps import AppConfig
from django.conf import settings

from scrm.web.choices import translate_choices

# The engines make thousands of small objects a batch and hardly a cycle, the web process with very
# many open streams as well: Python's own thresholds would have its collector look through all of
# them every few milliseconds, a fifth of the time of the web's event loop.
_BUSY: Final = frozenset({"web", "worker", "pump"})
_GC_THRESHOLDS: Final = (50_000, 20, 20)


class ScrmConfig(AppConfig):
    """The shell: it has doors and commands, no tables."""

    name = "scrm"
    verbose_name = "微域 SCRM"

    def ready(self) -> None:
        """Labels are translated; busy processes collect their garbage less often."""
        translate_choices()
        if settings.PROCESS_KIND in _BUSY:
            gc.freeze()
            gc.set_threshold(*_GC_THRESHOLDS)
