"""Materials, tracked links, visits, scripts."""

from content.models.link import TrackedLink
from content.models.login import ReaderLogin
from content.models.material import Material
from content.models.script import Script
from content.models.visit import Visit

__all__ = ["Material", "ReaderLogin", "Script", "TrackedLink", "Visit"]
