"""A tag that was given before we knew it reaches its customers once the library was read."""

import pytest

from common import clock
from customers.models import RefreshRequest, TagAssignment
from customers.services import refresh
from customers.services.refresh import refresh_due
from tests.wire import Wire

LIN = "wmTESTexternal000000000000000001"
BEFORE_US = {("lisi", "wmTESTexternal000000000000000003")}


def give_unknown_tag(wire: Wire) -> str:
    """Give 林 a new tag of whose making no callback tells."""
    wire.sync()
    wire.pass_time(60)
    (tag_id,) = wire.act("tag_create", group_name="意向", names=["高"])["tag_ids"]
    wire.sent()
    wire.act("tag_by_member", customer="c-0001", member="lisi", add=[tag_id])
    return str(tag_id)


def test_the_customer_is_read_again_after_the_library(wire: Wire) -> None:
    tag_id = give_unknown_tag(wire)
    wire.deliver()
    wire.pass_time(3)
    wire.refresh()
    assert TagAssignment.objects.filter(tag__wecom_id=tag_id).exists()
    assert wire.differences(BEFORE_US) == []
    assert wire.is_at_rest()


def test_a_tag_that_the_library_never_shows_is_given_up(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_unknown_tag(wire)
    monkeypatch.setattr(refresh, "read_tags_into", lambda *_, **__: 0)
    before = len(wire.sim.requests(path="externalcontact/get"))
    wire.deliver()
    for _ in range(8):
        wire.pass_time(3)
        refresh_due(now=clock.now(), budget_seconds=5)
    assert len(wire.sim.requests(path="externalcontact/get")) - before == 4
    assert not RefreshRequest.objects.exists()
