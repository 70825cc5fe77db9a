"""Over any script of faults nothing is lost, and nothing arrives twice unless people are asked."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import sql
from tests.makers import NOW
from tests.touches.world import Script, only_dispatch, plan_for, pump
from touches.models import Dispatch, Touch
from touches.services.cancelling import cancel_touches
from touches.services.claiming import claim_due, reap_expired
from touches.services.plan import plan_touch
from touches.services.sending import expire_overdue
from wecom import errors

pytestmark = pytest.mark.django_db
FINAL = {"done", "refused", "unknown", "dead", "cancelled", "expired"}


class DuplicateChecked(Script):
    """WeCom with its duplicate check: the same bytes are delivered once; some tries time out."""

    def __call__(self, claimed):
        count = len(self.effects)
        try:
            return super().__call__(claimed)
        finally:
            if self.effects[count:] and claimed.payload in self.effects[:count]:
                del self.effects[count:]


STEPS = st.sampled_from(
    [
        "ok",
        "lost answer, executed",
        "lost answer, not executed",
        "busy",
        "window",
        "refused",
        "killed before the call",
        "killed after the call",
        "cancel",
        "overdue",
    ]
)
ANSWERS = {
    "ok": (None, True),
    "lost answer, executed": (errors.Ambiguous("time-out"), True),
    "lost answer, not executed": (errors.Ambiguous("-1"), False),
    "busy": (errors.Transient("6000", retry_after_seconds=0), False),
    "window": (errors.RateLimited("45009", retry_after_seconds=60), False),
    "refused": (errors.StaffUnreachable("60111"), False),
}


@given(steps=st.lists(STEPS, max_size=12))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_history_ends_in_one_effect_or_a_visible_reason(steps):
    Touch.objects.all().delete()
    Dispatch.objects.all().delete()
    plan_touch(plan_for(valid_for=timedelta(hours=20)), now=NOW)
    wecom = DuplicateChecked()
    moment = NOW
    for step in [*steps, "ok", "ok"]:
        moment += timedelta(hours=1, seconds=1)
        if only_dispatch().state in FINAL:
            break
        take(step, wecom, moment)
    dispatch, touch = only_dispatch(), Touch.objects.get()
    assert len(wecom.effects) <= 1
    assert dispatch.state in FINAL
    if dispatch.state == "done":
        assert len(wecom.effects) == 1
        assert touch.state == "dispatched"
    elif dispatch.state != "unknown":
        assert wecom.effects == []
    assert (touch.state == "unknown") == (dispatch.state == "unknown")


def take(step: str, wecom: DuplicateChecked, moment) -> None:
    if step in ANSWERS:
        error, executed = ANSWERS[step]
        wecom.words, wecom.executed = [error], [executed]
        pump(wecom, now=moment, budget_seconds=0)
    elif step == "cancel":
        cancel_touches(
            list(Touch.objects.values_list("id", flat=True)), reason="", actor="user", now=moment
        )
    elif step == "overdue":
        expire_overdue(NOW + timedelta(hours=20))
    else:
        for claimed in claim_due([Dispatch.Kind.STAFF_MESSAGE], limit=1, now=moment):
            if step == "killed after the call":
                wecom.words, wecom.executed = [], []
                wecom(claimed)
        sql.execute("UPDATE touches_dispatch SET lease_until = now() WHERE state = 'sending'")
        reap_expired(moment)
