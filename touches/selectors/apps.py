"""Which app speaks for a corp (发送应用)."""

from collections.abc import Iterable
from dataclasses import dataclass

from wecom.models import App


@dataclass(frozen=True, slots=True)
class Sender:
    """The app through which staff of a corp are spoken to; it has an agent id."""

    app_id: int
    corp_id: int
    agent_id: int


def senders_of(corp_ids: Iterable[int]) -> dict[int, Sender]:
    """Return each corp's sending app, by corp; a corp without an enabled one is left out."""
    rows = App.objects.filter(
        corp_id__in=set(corp_ids), is_enabled=True, agent_id__isnull=False
    ).order_by("-id")
    return {
        app.corp_id: Sender(app.pk, app.corp_id, app.agent_id)
        for app in rows
        if app.agent_id is not None
    }
