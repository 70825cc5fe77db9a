"""Links that somebody copies out of the page: for whom, and how often they were opened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from content.models import Material, TrackedLink
from content.services.links import LinkSpec, create_link, public_url
from org.models import Staff, User
from org.selectors.scope import visible_staff_ids
from wecom.models import Corp


@dataclass(frozen=True, slots=True)
class CopiedLink:
    """A link with its address and its openings."""

    name: str
    url: str
    open_count: int
    created_at: datetime


class LinkForm(forms.Form):
    """For whom the link is; a company's link names nobody."""

    staff = forms.ModelChoiceField(
        label=gettext_lazy("给谁用"),
        queryset=Staff.objects.none(),
        required=False,
        empty_label=gettext_lazy("公司(不署员工)"),
        widget=forms.Select(attrs={"class": "field"}),
    )

    def __init__(self, *args: Any, staff: QuerySet[Staff], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["staff"]
        field.queryset = staff


def staff_of_links(viewer: User) -> QuerySet[Staff]:
    """Return for whom the viewer may make links."""
    staff = Staff.objects.filter(left_at=None).order_by("name", "id")
    visible = visible_staff_ids(viewer)
    return staff if visible is None else staff.filter(id__in=visible)


def make_link(
    material: Material, staff: Staff | None, viewer: User, *, batch: str, now: datetime
) -> TrackedLink | None:
    """Make the link of a material that somebody shares by hand; None while WeCom is not there."""
    corp_id = staff.corp_id if staff else _corp_of(viewer)
    if corp_id is None:
        return None
    spec = LinkSpec(
        material_id=material.pk,
        corp_id=corp_id,
        staff_id=staff.pk if staff else None,
        batch=batch,
    )
    return create_link(spec, now=now)


def copied_links(links: Iterable[TrackedLink]) -> list[CopiedLink]:
    """Return links as the page shows them; `open_count` was annotated."""
    return [
        CopiedLink(
            str(link.staff) if link.staff else "",
            public_url(link.code),
            link.open_count,  # type: ignore[attr-defined] # annotated by shared_links
            link.created_at,
        )
        for link in links
    ]


def _corp_of(viewer: User) -> int | None:
    if viewer.staff is not None:
        return viewer.staff.corp_id
    return Corp.objects.order_by("id").values_list("id", flat=True).first()
