"""The endpoints under `/cgi-bin/`; importing this package registers all of them."""

from sandbox.api import (
    acquisition,
    auth,
    contact_ways,
    contacts,
    customers,
    extras,
    groups,
    mass,
    media,
    messages,
    moments,
    statistics,
    tags,
    transfers,
    welcome,
)
from sandbox.api.call import REGISTRY

__all__ = [
    "REGISTRY",
    "acquisition",
    "auth",
    "contact_ways",
    "contacts",
    "customers",
    "extras",
    "groups",
    "mass",
    "media",
    "messages",
    "moments",
    "statistics",
    "tags",
    "transfers",
    "welcome",
]
