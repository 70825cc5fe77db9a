"""The back office (后台): rare tables, for superusers only."""

from scrm.admin.site import SITE
from scrm.admin.tables import register

register(SITE)

__all__ = ["SITE"]
