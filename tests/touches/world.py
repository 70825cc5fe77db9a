"""A small world for the send protocol: one task to plan, and a WeCom that answers by script."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

from tests.makers import NOW, make_app, make_person, make_staff
from touches.models import Dispatch, EffectLog, Touch
from touches.services.outcomes import Claimed, Reply
from touches.services.plan import DispatchDraft, TouchPlan
from touches.services.pump import PumpReport, SendPump, Threads
from wecom.models import App

P = ParamSpec("P")
T = TypeVar("T")


class Inline(Executor):
    """Runs what is submitted at once, in the caller's thread and transaction."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - an executor hands every error on
            future.set_exception(error)
        return future


INLINE = Threads(
    callers=Inline(), settler=Inline(), planner=Inline(), slots=4, freshen=lambda: None
)


class Script:
    """A WeCom that answers each call with the next word of its script, then with success.

    A word is an exception to raise, or None for success. `executed` says which tries took effect.
    """

    def __init__(self, *words: BaseException | None, executed: Sequence[bool] = ()) -> None:
        self.words = list(words)
        self.executed = list(executed)
        self.calls: list[Claimed] = []
        self.look_ups: list[Claimed] = []
        self.look_up_words: list[BaseException] = []
        self.effects: list[str] = []
        self.before: Callable[[Claimed], object] = lambda claimed: None

    def __call__(self, claimed: Claimed) -> Reply:
        self.before(claimed)
        self.calls.append(claimed)
        word = self.words.pop(0) if self.words else None
        took_effect = self.executed.pop(0) if self.executed else word is None
        if took_effect:
            self.effects.append(claimed.payload)
        if word is not None:
            raise word
        return Reply(f"MSG-{len(self.calls)}", response_code=f"RC-{len(self.calls)}")

    def look_up(self, claimed: Claimed, now: datetime) -> Reply | None:
        """Answer what this WeCom has of a call; a word raised here is one of `look_up_words`."""
        self.look_ups.append(claimed)
        if self.look_up_words:
            raise self.look_up_words.pop(0)
        if claimed.payload in self.effects:
            return Reply(f"FOUND-{self.effects.index(claimed.payload) + 1}")
        return None


def plan_for(
    key: str = "test:1",
    *,
    app: App | None = None,
    kind: Dispatch.Kind = Dispatch.Kind.STAFF_MESSAGE,
    lane: Touch.Lane = Touch.Lane.TASK,
    due_at: datetime = NOW,
    valid_for: timedelta = timedelta(days=1),
    staff_userid: str = "zhangsan",
) -> TouchPlan:
    """Plan a touch to a staff member, made with everything it hangs on."""
    app = app or App.objects.first() or make_app()
    staff = app.corp.staff.filter(userid=staff_userid).first() or make_staff(staff_userid, app.corp)
    person = make_person(corp=app.corp)
    return TouchPlan(
        key=key,
        identity_id=person.identity_id,
        customer_id=person.customer_id,
        staff_id=staff.pk,
        lane=lane,
        purpose=Touch.Purpose.SERVICE,
        title="首次问候",
        due_at=due_at,
        valid_until=due_at + valid_for,
        origin_kind="test",
        draft=DispatchDraft(
            kind=kind, corp_id=app.corp_id, app_id=app.pk, body={"touser": staff_userid}
        ),
    )


def pump(
    script: Script,
    *kinds: str,
    now: datetime = NOW,
    budget_seconds: float = 5.0,
) -> PumpReport:
    """Run the pump once, in this thread."""
    wanted = kinds or (Dispatch.Kind.STAFF_MESSAGE,)
    return SendPump(wanted, caller=script, look_up=script.look_up, threads=INLINE).run(
        now=now, budget_seconds=budget_seconds
    )


def only_dispatch() -> Dispatch:
    return Dispatch.objects.get()


def states_of(dispatch: Dispatch) -> list[str]:
    """Return the states a dispatch went through, from the effect log."""
    return list(
        EffectLog.objects.filter(dispatch=dispatch)
        .order_by("id")
        .values_list("to_state", flat=True)
    )
