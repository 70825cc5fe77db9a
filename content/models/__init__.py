"""Materials, pictures, tracked links, visits, scripts."""

from content.models.link import TrackedLink
from content.models.material import Material, MaterialDraft
from content.models.picture import Picture
from content.models.script import Script
from content.models.visit import Visit

__all__ = [
    "Material",
    "MaterialDraft",
    "Picture",
    "Script",
    "TrackedLink",
    "Visit",
]
