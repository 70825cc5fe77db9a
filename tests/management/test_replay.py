"""`replay` shows what stopped for good and puts it back; what must not be repeated stays."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from common import bell
from common.ids import uuid7
from customers.models import QueuedEvent
from tests.makers import NOW, make_app
from touches.models import Dispatch, EffectLog
from wecom.models import App, CallbackReceipt

pytestmark = pytest.mark.django_db
Says = Callable[[], str]


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Says:
    monkeypatch.setattr(bell, "ring", lambda _name: None)
    return lambda: capsys.readouterr().out


def dispatch(state: str, app: App, error: str = "48002") -> UUID:
    return Dispatch.objects.create(
        key=f"test:{uuid7()}",
        kind=Dispatch.Kind.STAFF_MESSAGE,
        corp_id=app.corp_id,
        app=app,
        payload="{}",
        state=state,
        available_at=NOW,
        attempts=1,
        last_error=error,
        done_at=NOW,
    ).pk


def receipt(app: App, number: int, *, kind: str = "add", attempts: int = 8) -> int:
    return CallbackReceipt.objects.create(
        corp_id=app.corp_id,
        app=app,
        digest=number.to_bytes(32, "big"),
        body=b"<xml/>",
        event_kind=kind,
        event_at=NOW,
        received_at=NOW,
        next_attempt_at=NOW,
        state="dead",
        attempts=attempts,
        last_error="RuntimeError: planted",
    ).pk


def parked(event_id: int) -> QueuedEvent:
    return QueuedEvent.objects.create(
        event_id=event_id,
        occurred_at=NOW,
        customer_id=1,
        shard=1,
        attempts=3,
        parked_at=NOW,
        error="KeyError: 'title'",
    )


def test_the_list_shows_what_stopped_and_changes_nothing(says: Says):
    app = make_app()
    dead, unknown = dispatch("dead", app), dispatch("unknown", app, "timed out")
    dead_receipt = receipt(app, 1)
    parked(77)

    call_command("replay", "--list")

    assert says().splitlines() == [
        "dispatches: 2",
        *(
            f"  {row.pk}  {row.state}  staff_message  "
            f"{row.created_at:%Y-%m-%d %H:%M:%S%z}  {row.last_error}"
            for row in Dispatch.objects.order_by("-created_at")
        ),
        "receipts: 1",
        f"  {dead_receipt}  add  2026-11-22 03:00:00+0000  RuntimeError: planted",
        "events: 1",
        "  77  1  2026-11-22 03:00:00+0000  KeyError: 'title'",
    ]
    assert set(Dispatch.objects.values_list("pk", "state")) == {
        (dead, "dead"), (unknown, "unknown"),
    }  # fmt: skip


def test_dead_dispatches_go_out_again_and_unknown_ones_never(says: Says):
    app = make_app()
    dead, unknown = dispatch("dead", app), dispatch("unknown", app)

    call_command("replay", "dispatches", "--all")

    assert says() == "1 of 1 dispatches replayed\n"
    assert Dispatch.objects.get(pk=dead).state == "pending"
    assert Dispatch.objects.get(pk=unknown).state == "unknown"
    assert EffectLog.objects.get().actor.startswith("operator ")


def test_an_unknown_dispatch_named_is_refused_aloud(says: Says):
    unknown = dispatch("unknown", make_app())

    with pytest.raises(CommandError, match="must not be repeated"):
        call_command("replay", "dispatches", str(unknown))

    assert says() == "0 of 1 dispatches replayed\n"
    assert Dispatch.objects.get().state == "unknown"


def test_dead_receipts_live_again_but_not_those_that_stay_dead_on_purpose(says: Says):
    app = make_app()
    mended = receipt(app, 1)
    receipt(app, 2, kind="malformed")
    receipt(app, 3, attempts=0)

    call_command("replay", "receipts", "--all")

    assert says() == "1 of 1 receipts replayed\n"
    assert list(CallbackReceipt.objects.filter(state="new").values_list("pk", flat=True)) == [
        mended
    ]


def test_parked_events_are_queued_again(says: Says):
    parked(77)
    parked(78)

    call_command("replay", "events", "77")

    assert says() == "1 of 1 events replayed\n"
    assert list(QueuedEvent.objects.filter(parked_at=None).values_list("event_id", "attempts")) == [
        (77, 0)
    ]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "name a kind"),
        (("dispatches",), "name a kind"),
        (("receipts", "1", "--all"), "name a kind"),
        (("receipts", "one"), "not an id"),
        (("dispatches", "1"), "not an id"),
        (("letters", "--all"), "invalid choice"),
    ],
)
def test_nonsense_is_explained(words: tuple[str, ...], complaint: str):
    with pytest.raises(CommandError, match=complaint):
        call_command("replay", *words)
