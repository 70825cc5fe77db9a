"""The endpoints under `/cgi-bin/`; importing this package registers all of them."""

from sandbox.api import (
    auth,
    contact_ways,
    contacts,
    customers,
    groups,
    mass,
    media,
    messages,
    statistics,
    tags,
    welcome,
)
from sandbox.api.call import REGISTRY

__all__ = [
    "REGISTRY",
    "auth",
    "contact_ways",
    "contacts",
    "customers",
    "groups",
    "mass",
    "media",
    "messages",
    "statistics",
    "tags",
    "welcome",
]
