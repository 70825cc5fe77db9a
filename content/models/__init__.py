"""Materials, tracked links, visits."""

from content.models.link import TrackedLink
from content.models.material import Material
from content.models.visit import Visit

__all__ = ["Material", "TrackedLink", "Visit"]
