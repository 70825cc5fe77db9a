"""What the tests of explanations share."""

from customers.models import Customer
from sop.selectors.explain import explain
from tests.makers import NOW
from tests.sop.world import GREETING
from touches.models import Dispatch, Touch
from wecom.models import App


def touch(key, **over):
    return GREETING | {"id": key} | over


def wait(**span):
    return {"id": "pause", "type": "wait", "for": span or {"hours": 1}, "label": "歇一会儿"}


def ask(person, journey, now=NOW):
    return explain(Customer.objects.get(pk=person.customer_id), journey, now=now)


def passed(run):
    return [(s.title, s.kind, s.label) for leg in run.legs for s in leg.steps]


def call_for(target, **over):
    """The call that carries a touch."""
    app = App.objects.get()
    values = {
        "key": f"k{target.pk}",
        "kind": "staff_message",
        "corp": app.corp,
        "app": app,
        "payload": "{}",
        "available_at": NOW,
    }
    dispatch = Dispatch.objects.create(**(values | over))
    Touch.objects.filter(pk=target.pk).update(dispatch=dispatch)
    return dispatch
