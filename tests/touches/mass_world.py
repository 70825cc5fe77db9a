"""Mass messages as the slot planner leaves them: one pending call, its touches, their places."""

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from common import clock, sql
from common.ids import uuid7
from org.models import Staff
from tests.makers import NOW, make_app, make_person, make_staff
from tests.touches.world import INLINE, Script, pump
from touches.models import ContactLedger, Dispatch, MassTask, SendingRules, Touch
from touches.services.mass_polling import poll_mass_results
from touches.services.mass_steps import Sight, Watched
from wecom.api.mass import MassResult
from wecom.models import App

MASS = Dispatch.Kind.MASS_MESSAGE
CANCEL = Dispatch.Kind.MASS_CANCEL
REMIND = Dispatch.Kind.MASS_REMIND
_serial = itertools.count(1)


def make_rules(**over: object) -> SendingRules:
    """Put the usual rules in force; a test that emptied all tables took them away."""
    values = {
        "slot_times": ["10:05", "12:35", "20:05"],
        "remind_after_minutes": [60, 120],
    } | over
    return SendingRules.objects.update_or_create(pk=1, defaults=values)[0]


def plan_mass(
    *external_userids: str,
    people: int = 3,
    staff: Staff | None = None,
    text: str = "周末会员日",
    link: str = "https://scrm.example.com/elsewhere",
    now: datetime = NOW,
    due_at: datetime | None = None,
    valid_for: timedelta = timedelta(hours=4),
) -> Dispatch:
    """Plan one mass message of a staff member, with a reserved place for every customer."""
    app = App.objects.first() or make_app()
    staff = staff or Staff.objects.filter(userid="zhangsan").first() or make_staff(corp=app.corp)
    values = external_userids or [f"wmMASS{next(_serial):026d}" for _ in range(people)]
    due_at = due_at or now
    body = {
        "chat_type": "single",
        "sender": staff.userid,
        "external_userid": list(values),
        "text": {"content": text},
        "attachments": [{"msgtype": "link", "link": {"title": "会员日", "url": link}}],
    }
    dispatch = Dispatch.objects.create(
        key=f"mass:{next(_serial)}",
        kind=MASS,
        corp=app.corp,
        app=app,
        payload=json.dumps(body, ensure_ascii=False),
        available_at=now,
        deadline_at=due_at + valid_for,
    )
    for value in values:
        _plan_touch(value, dispatch, staff, now=now, due_at=due_at, valid_for=valid_for)
    return dispatch


def _plan_touch(value, dispatch, staff, *, now, due_at, valid_for) -> None:
    person = make_person(value, staff.corp)
    touch = Touch.objects.create(
        uid=uuid7(),
        key=f"mass:{dispatch.key}:{value}",
        identity_id=person.identity_id,
        customer_id=person.customer_id,
        staff=staff,
        lane="M",
        purpose="promotion",
        title="会员日",
        due_at=due_at,
        valid_until=due_at + valid_for,
        state="queued",
        dispatch=dispatch,
        origin_kind="test",
        created_at=now,
    )
    sql.execute(
        """INSERT INTO touches_contactledger (counted_on, counted_at, identity_id, corp_id,
                                              staff_id, touch_id, lane, purpose, state)
           VALUES (%s, %s, %s, %s, %s, %s, 'M', 'promotion', 'reserved')""",
        [
            clock.local_date(due_at), due_at, person.identity_id, staff.corp_id, staff.pk,
            touch.pk,
        ],
    )  # fmt: skip


def create_task(*external_userids: str, **over) -> MassTask:
    """Plan a mass message and let WeCom take it."""
    dispatch = plan_mass(*external_userids, **over)
    pump(Script(), MASS, now=over.get("now", NOW))
    task = MassTask.objects.get(dispatch=dispatch)
    task.msgid = f"MSG-OF-{dispatch.id}"
    task.save()
    return task


def touch_states(dispatch: Dispatch | None = None) -> dict[str, int]:
    """Count the touches by state."""
    touches = Touch.objects.filter(lane="M")
    touches = touches.filter(dispatch=dispatch) if dispatch else touches
    return dict(Counter(touches.values_list("state", flat=True)))


def place_states() -> dict[str, int]:
    """Count the places by state."""
    return dict(Counter(ContactLedger.objects.values_list("state", flat=True)))


def touches_of(dispatch: Dispatch) -> Sequence[Touch]:
    """The touches of a call in the order in which they were planned."""
    return list(Touch.objects.filter(dispatch=dispatch).order_by("id"))


def settle_time_is_over() -> None:
    """Let the wait after an unclear try be over."""
    sql.execute("UPDATE touches_dispatch SET settle_until = NULL WHERE state = 'pending'")


def lose_leases() -> None:
    """Let every worker have vanished."""
    sql.execute(
        "UPDATE touches_dispatch SET lease_until = clock_timestamp() WHERE state = 'sending'"
    )


class Wecom:
    """A WeCom that answers looks at tasks: who has confirmed, and each customer's result."""

    def __init__(self) -> None:
        self.results: dict[str, dict[str, tuple[int, datetime | None]]] = {}
        self.stopped: set[str] = set()
        self.errors: list[BaseException] = []
        self.looks: list[str] = []

    def confirm(
        self, task: MassTask, statuses: dict[str, int], at: datetime, **late: datetime
    ) -> None:
        """Let the member confirm: what became of whom; who is left out is not listed."""
        self.results[task.msgid] = {
            value: (status, late.get(value, at) if status == 1 else None)
            for value, status in statuses.items()
        }

    def __call__(self, task: Watched) -> Sight:
        self.looks.append(task.msgid)
        if self.errors:
            raise self.errors.pop(0)
        found = self.results.get(task.msgid, {})
        is_stopped = task.state == "open" and task.msgid in self.stopped
        return Sight(
            is_confirmed=bool(found) and not is_stopped and task.state in ("open", "confirmed"),
            is_stopped=is_stopped,
            confirmed_at=min((at for _, at in found.values() if at), default=None),
            results=tuple(
                MassResult(userid=task.userid, status=status, external_userid=value, sent_at=at)
                for value, (status, at) in found.items()
            ),
        )


def poll(wecom: Wecom, now: datetime) -> int:
    """Look at every task that is due, once."""
    return poll_mass_results(now, 0, reader=wecom, threads=INLINE)
