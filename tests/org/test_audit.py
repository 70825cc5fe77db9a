"""The audit log is added to and read, and never changed."""

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from org.models import AuditRow
from org.services.audit import record_audit
from tests.makers import NOW, make_user

pytestmark = pytest.mark.django_db


def record(**over: object) -> AuditRow:
    values: dict[str, object] = {
        "actor": None,
        "action": AuditRow.Action.REVEAL,
        "subject": "customer:0190",
        "detail": {"field": "phone"},
        "now": NOW,
        "address": "192.0.2.7",
    }
    return record_audit(**(values | over))


def test_an_act_is_kept_with_who_what_when_and_where_from():
    actor = make_user("lin")

    row = AuditRow.objects.get(pk=record(actor=actor).pk)

    assert (row.actor, row.actor_name, row.action) == (actor, "lin", "reveal")
    assert (row.subject, row.detail, row.at) == ("customer:0190", {"field": "phone"}, NOW)
    assert row.address == "192.0.2.7"


@pytest.mark.parametrize("act", [lambda rows: rows.update(subject=""), lambda rows: rows.delete()])
def test_rows_are_neither_changed_nor_deleted(act):
    row = record()

    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        act(AuditRow.objects.filter(pk=row.pk))

    assert AuditRow.objects.get().subject == "customer:0190"


@pytest.mark.parametrize("address", [None, "", "unix:", "999.1.1.1"])
def test_an_address_that_is_none_is_left_out(address):
    assert record(address=address).address is None


def test_what_strangers_typed_is_kept_as_far_as_it_can_be():
    row = record(subject="a\x00b\ud800" + "长" * 300, detail={"typed": "x\x00y"})

    assert row.subject == "ab" + "长" * 198
    assert row.detail == {"typed": "xy"}
