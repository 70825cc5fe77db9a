"""Whatever the network does to callbacks, after one sweep our copy is WeCom's truth.

A random script of what people do runs in the sandbox. Every callback comes once, twice, late (so in
any order) or never; now and then the workers look. `CONVERGENCE_EXAMPLES=300` is the long run.
"""

import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from customers.models import Event, Friendship, QueuedEvent
from sandbox.client import SimError
from tests.customers.conftest import begin_anew
from tests.truth import Pair
from tests.wire import Sent, Wire, empty_database
from wecom.models import CallbackReceipt

EXAMPLES = int(os.environ.get("CONVERGENCE_EXAMPLES", "25"))
PEOPLE = ("c-0001", "c-0002", "c-0003", "p-4")
MEMBERS = ("zhangsan", "lisi", "wangwu")
GROUPS = ("wrTESTgroup000000000000000000001",)
TAGS = ("etTESTtag00000000000000000000001", "etTESTtag00000000000000000000003")
# What WeCom's lists never tell again once the callback is lost.
TOLD_ONCE = {"add_half_external_contact", "del_external_contact", "del_follow_user"}
RELATION = TOLD_ONCE | {"add_external_contact"}
# 小周 deleted 李四 before we came.
BEFORE_US = ("lisi", "wmTESTexternal000000000000000003")

Actions = dict[str, Callable[[str, str, int], tuple[str, dict[str, Any]]]]
ACTIONS: Actions = {
    "add": lambda who, whom, n: (
        "add_friend",
        {"customer": who, "member": whom, "add_way": n, "state": f"S{n}" if n else ""},
    ),
    "half": lambda who, whom, n: ("add_friend", {"customer": who, "member": whom, "half": True}),
    "add_back": lambda who, whom, n: ("add_back", {"customer": who, "member": whom}),
    "leave": lambda who, whom, n: ("delete_friend", {"customer": who, "member": whom}),
    "remove": lambda who, whom, n: ("member_delete", {"customer": who, "member": whom}),
    "edit": lambda who, whom, n: (
        "edit_remark",
        {"customer": who, "member": whom, "remark": f"备注{n}", "remark_mobiles": ["139"] * n},
    ),
    "tag": lambda who, whom, n: (
        "tag_by_member",
        {"customer": who, "member": whom, "add": [TAGS[n % 2]], "remove": [TAGS[(n + 1) % 2]]},
    ),
    "new_tag": lambda who, whom, n: ("tag_create", {"group_name": f"组{n}", "names": [who]}),
    "join": lambda who, whom, n: ("join_group", {"chat_id": GROUPS[0], "customer": who}),
    "quit": lambda who, whom, n: ("leave_group", {"chat_id": GROUPS[0], "customer": who}),
    "rename_group": lambda who, whom, n: (
        "rename_group",
        {"chat_id": GROUPS[0], "name": f"群{n}", "owner": MEMBERS[n % 2]},
    ),
    "new_group": lambda who, whom, n: ("create_group", {"owner": whom, "name": f"新群{n}"}),
    "dismiss": lambda who, whom, n: ("dismiss_group", {"chat_id": GROUPS[0]}),
    "move": lambda who, whom, n: ("update_user", {"userid": whom, "department": [n + 1]}),
    "resign": lambda who, whom, n: ("delete_user", {"userid": "wangwu"}),
}


@dataclass(frozen=True)
class Step:
    """Something is done; its callbacks come `copies` times, the later ones `delay` steps late."""

    action: str
    person: str
    member: str
    number: int
    copies: int
    delay: int
    seconds: int
    is_worked: bool


STEPS = st.lists(
    st.builds(
        Step,
        action=st.sampled_from([*ACTIONS, "add", "half", "add_back", "leave", "remove", "edit"]),
        person=st.sampled_from(PEOPLE),
        member=st.sampled_from(MEMBERS),
        number=st.integers(0, 2),
        copies=st.sampled_from([1, 1, 1, 2, 0]),
        delay=st.integers(0, 4),
        seconds=st.sampled_from([2, 2, 30, 5000]),
        is_worked=st.booleans(),
    ),
    min_size=4,
    max_size=16,
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="CONVERGENCE_EXAMPLES" not in os.environ,
    database=None,
    phases=[Phase.generate, *([Phase.shrink] if "CONVERGENCE_SHRINK" in os.environ else [])],
    suppress_health_check=list(HealthCheck),
)
@given(steps=STEPS)
def test_any_order_repetition_and_loss_ends_in_the_truth(wire: Wire, steps: list[Step]) -> None:
    empty_database()
    world = begin_anew(wire.sim)
    world.sync()
    untold, true_adds = _play(world, steps)
    world.pass_time(60)
    world.sweep()
    assert world.differences(untold) == []
    assert world.is_at_rest()
    assert set(CallbackReceipt.objects.values_list("state", flat=True)) <= {"done", "ignored"}
    assert not QueuedEvent.objects.exists()
    assert _adds_told_twice(true_adds) == {}
    assert _ledger_contradictions(world, untold) == []
    assert world.sweep().result["drift"] == 0


def _play(world: Wire, steps: list[Step]) -> tuple[set[Pair], Counter[Pair]]:
    """Run the script; returns the relations whose story was lost, and how friends were made."""
    late: list[tuple[int, Sent]] = []
    untold: set[Pair] = {BEFORE_US}
    adds: Counter[Pair] = Counter()
    for number, step in enumerate(steps):
        world.pass_time(step.seconds)
        for event in _emitted(world, step):
            note(f"{number} {step} {event.change_type} {_pair(event)}")
            adds[_pair(event)] += event.change_type == "add_external_contact"
            _note_untold(untold, event, is_lost=not step.copies)
            late += [(number + step.delay, event)] * step.copies
            if step.copies == 2:
                world.post(event)
        for _, event in reversed([entry for entry in late if entry[0] <= number]):
            world.post(event)
        late = [entry for entry in late if entry[0] > number]
        if step.is_worked:
            world.work()
    for _, event in reversed(late):
        world.post(event)
    world.work()
    return untold, adds


def _emitted(world: Wire, step: Step) -> list[Sent]:
    action, words = ACTIONS[step.action](step.person, step.member, step.number)
    try:
        world.act(action, **words)
    except SimError:
        return []  # nobody can do that now
    return world.sent()


def _note_untold(untold: set[Pair], event: Sent, *, is_lost: bool) -> None:
    """The last word on a relation counts."""
    if event.change_type in RELATION:
        untold.discard(_pair(event))
        if is_lost and event.change_type in TOLD_ONCE:
            untold.add(_pair(event))


def _pair(event: Sent) -> Pair:
    def text(name: str) -> str:
        found = re.search(rf"<{name}><!\[CDATA\[(.*?)\]\]>", event.plain)
        return found.group(1) if found else ""

    return text("UserID"), text("ExternalUserID")


def _adds_told_twice(true_adds: Counter[Pair]) -> dict[Pair, int]:
    """Friendships of which the ledger tells more often than they were made."""
    before = Counter(
        {
            ("zhangsan", "wmTESTexternal000000000000000001"): 1,
            ("lisi", "wmTESTexternal000000000000000001"): 1,
            ("zhangsan", "wmTESTexternal000000000000000002"): 1,
            BEFORE_US: 1,
        }
    )
    told = Counter(
        Event.objects.filter(type="friend_added").values_list("staff__userid", "identity__value")
    )
    return dict(told - (true_adds + before))


def _ledger_contradictions(world: Wire, untold: set[Pair]) -> list[str]:
    """Friendships folded from the ledger that are not as WeCom has them."""
    folded = {
        (row.staff.userid, row.identity.value): row.is_friend
        for row in Friendship.objects.select_related("staff", "identity")
    }
    truth = world.sim.truth()
    on_the_job = {member["userid"] for member in truth["members"] if not member["left_at"]}
    return [
        f"{relation['userid']}–{customer['external_userid']} is {relation['kind']}"
        for customer in truth["customers"]
        for relation in customer["relations"]
        for pair in [(relation["userid"], customer["external_userid"])]
        if pair not in untold and relation["userid"] in on_the_job
        if folded.get(pair, False) is not (relation["kind"] == "friend")
    ]
