"""Making tracked links (素材雷达链接)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.conf import settings

from common import sql
from common.ids import opaque_token
from content.models import TrackedLink

# An existing link wins, so making links again after a crash changes nothing; it is touched only so
# that it is returned.
_CREATE = """
INSERT INTO content_trackedlink (code, material_id, corp_id, staff_id, batch, identity_id,
                                 created_at, expires_at)
SELECT code, material_id, corp_id, staff_id, batch, identity_id, %(now)s, expires_at
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
       code text, material_id bigint, corp_id bigint, staff_id bigint, batch text,
       identity_id bigint, expires_at timestamptz)
ON CONFLICT ON CONSTRAINT one_link_a_content_staff_batch DO UPDATE SET batch = excluded.batch
RETURNING id, code, material_id, corp_id, staff_id, batch, identity_id
"""
_Place: TypeAlias = tuple[int, int, int | None, str, int | None]


@dataclass(frozen=True, slots=True)
class LinkSpec:
    """Which link is wanted: one per (content, corp, staff, batch, person).

    Attributes:
        material_id: What it leads to.
        corp_id: Row number of the corp whose OAuth will name the reader.
        staff_id: Who sends it, if somebody does.
        batch: Label of the sending it belongs to, at most 64 characters.
        identity_id: Only in the lanes that address one person (W and T).
        expires_at: From when on the link says that it has ended.
    """

    material_id: int
    corp_id: int
    staff_id: int | None = None
    batch: str = ""
    identity_id: int | None = None
    expires_at: datetime | None = None

    @property
    def place(self) -> _Place:
        """What makes it one link."""
        return self.material_id, self.corp_id, self.staff_id, self.batch, self.identity_id

    def as_row(self) -> dict[str, object]:
        """Return the row to insert, with a fresh code."""
        return {
            "code": opaque_token(),
            "material_id": self.material_id,
            "corp_id": self.corp_id,
            "staff_id": self.staff_id,
            "batch": self.batch,
            "identity_id": self.identity_id,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
        }


def create_links(specs: Sequence[LinkSpec], *, now: datetime) -> list[TrackedLink]:
    """Make the wanted links, or find those that exist; the result is in the order of `specs`.

    Specs of one place give one link; the first one's `expires_at` counts.
    """
    made = _create(specs, now=now)
    links = TrackedLink.objects.select_related("material", "staff", "corp").in_bulk(
        [link_id for link_id, _code in made.values()]
    )
    return [links[made[spec.place][0]] for spec in specs]


def create_link_codes(specs: Sequence[LinkSpec], *, now: datetime) -> list[str]:
    """Make links as `create_links` does, for thousands at once: only their codes are returned."""
    made = _create(specs, now=now)
    return [made[spec.place][1] for spec in specs]


def create_link(spec: LinkSpec, *, now: datetime) -> TrackedLink:
    """Make one link, or find it. See `create_links`."""
    return create_links([spec], now=now)[0]


def public_url(code: str) -> str:
    """Return the address that goes into a message: the code and nothing else."""
    return f"{settings.PUBLIC_URL}/l/{code}"


def picture_url(code: str) -> str:
    """Return the address of a picture in an article or on a link's card."""
    return f"{settings.PUBLIC_URL}/l/picture/{code}.jpg"


def _create(specs: Sequence[LinkSpec], *, now: datetime) -> dict[_Place, tuple[int, str]]:
    """Make what is missing, in one statement; return number and code by place."""
    if not specs:
        return {}
    wanted: dict[_Place, LinkSpec] = {}
    for spec in specs:
        wanted.setdefault(spec.place, spec)
    rows = json.dumps([wanted[place].as_row() for place in sorted(wanted, key=repr)])
    return {
        (material_id, corp_id, staff_id, batch, identity_id): (link_id, code)
        for link_id, code, material_id, corp_id, staff_id, batch, identity_id in sql.fetch_all(
            _CREATE, {"rows": rows, "now": now}
        )
    }
