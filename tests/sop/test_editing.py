"""A draft is edited by operations that keep it a tree; what was there before is never touched."""

import copy
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.events import EVENT_TYPES
from sop.errors import BadEdit, BadProgram
from sop.program.editing import (
    ArmChange,
    Clone,
    Configure,
    Edited,
    Insert,
    Move,
    Relocate,
    Remove,
    Replace,
    Update,
    apply,
    places_for,
)
from sop.program.parsing import parse_program
from sop.program.skeleton import skeleton_fault, walk
from sop.program.starting import BLANK, NEW_STEPS
from tests.sop.world import GREETING, program

WAIT = {"id": "pause", "type": "wait", "for": {"days": 1}}


def edit(raw: dict[str, Any], operation) -> Edited:
    numbers = itertools.count(1)
    return apply(raw, operation, new_key=lambda kind: f"{kind}_{next(numbers)}")


def keys(raw: dict[str, Any]) -> list[str]:
    return [step["id"] for step in walk(raw["steps"])]


def branch(key: str = "d", *arms: list[dict[str, Any]]) -> dict[str, Any]:
    labeled = [{"label": f"L{n}", "steps": steps} for n, steps in enumerate(arms or ([], []))]
    return {"id": key, "type": "decide", "arms": labeled}


@pytest.mark.parametrize(
    ("place", "order"),
    [
        ("top", ["wait_1", "greet", "d", "inner", "pause"]),
        ("after:greet", ["greet", "wait_1", "d", "inner", "pause"]),
        ("after:d", ["greet", "d", "inner", "wait_1", "pause"]),
        ("in:d:0", ["greet", "d", "wait_1", "inner", "pause"]),
        ("in:d:1", ["greet", "d", "inner", "wait_1", "pause"]),
        ("after:inner", ["greet", "d", "inner", "wait_1", "pause"]),
    ],
)
def test_a_step_is_put_where_people_point(place, order):
    raw = program(GREETING, branch("d", [GREETING | {"id": "inner"}], []), WAIT)
    before = copy.deepcopy(raw)

    edited = edit(raw, Insert("pause", place))

    assert keys(edited.program) == order
    assert (edited.focus, edited.summary) == ("wait_1", "添加「等待 1 天」")
    assert raw == before


@pytest.mark.parametrize("place", ["after:gone", "in:greet:0", "in:d:7", "in:d", "nowhere", ""])
def test_a_place_that_is_not_there_is_refused(place):
    raw = program(GREETING, branch())
    with pytest.raises(BadEdit):
        edit(raw, Insert("pause", place))
    assert keys(raw) == ["greet", "d"]


@pytest.mark.parametrize("kind", sorted(NEW_STEPS))
def test_every_kind_can_be_added_and_is_shown_as_a_tree(kind):
    edited = edit(dict(BLANK), Insert(kind, "top"))
    assert len(edited.program["steps"]) == 1
    assert skeleton_fault(edited.program) == ""
    assert edited.summary.startswith("添加「")


def test_both_ways_of_an_await_take_steps():
    raw = program({"id": "a", "type": "await", "event": "link_opened", "timeout": {"days": 1}})
    met = edit(raw, Insert("tag", "in:a:met")).program
    both = edit(met, Insert("exit", "in:a:late")).program
    assert [step["id"] for step in both["steps"][0]["met"]] == ["tag_1"]
    assert [step["id"] for step in both["steps"][0]["late"]] == ["exit_1"]


def test_removing_a_branch_takes_what_is_in_it_and_looks_at_a_neighbor():
    raw = program(branch("d", [GREETING], []), WAIT)
    edited = edit(raw, Remove("d"))
    assert keys(edited.program) == ["pause"]
    assert edited.focus == "pause"
    inner = edit(raw, Remove("greet"))
    assert (keys(inner.program), inner.focus) == (["d", "pause"], "d")


def test_moving_stays_among_neighbors():
    raw = program(GREETING, WAIT)
    assert keys(edit(raw, Move("pause", -1)).program) == ["pause", "greet"]
    with pytest.raises(BadEdit, match="已经在最上面了"):
        edit(raw, Move("greet", -1))
    with pytest.raises(BadEdit, match="已经在最下面了"):
        edit(raw, Move("pause", 1))


def test_a_step_moves_to_another_place_but_not_into_itself():
    raw = program(GREETING, branch("d", [branch("e")], []), WAIT)
    assert keys(edit(raw, Relocate("greet", "in:e:1")).program) == ["d", "e", "greet", "pause"]
    assert keys(edit(raw, Relocate("e", "top")).program) == ["e", "greet", "d", "pause"]
    assert keys(edit(raw, Relocate("pause", "after:greet")).program) == ["greet", "pause", "d", "e"]
    assert keys(edit(raw, Relocate("greet", "after:pause")).program) == ["d", "e", "pause", "greet"]
    for place in ("in:d:0", "in:e:0", "after:e", "after:greet"):
        with pytest.raises(BadEdit, match="不能移动到这里"):
            edit(raw, Relocate("d", place))


def test_a_copy_has_keys_of_its_own():
    raw = program(branch("d", [GREETING], []))
    edited = edit(raw, Clone("d"))
    assert keys(edited.program) == ["d", "greet", "decide_1", "touch_2"]
    assert edited.program["steps"][1]["arms"][0]["label"] == "L0"


def test_arms_are_ordered_added_and_dropped_with_what_is_in_them():
    raw = program(branch("d", [GREETING], [WAIT]))
    arms = [
        ArmChange(1, {"label": "二", "when": {"tag": "猫"}}),
        ArmChange(None, {"label": "新", "steps": "ignored"}),
    ]
    step = edit(raw, Update("d", {"label": "分流", "arms": "ignored"}, arms)).program["steps"][0]
    assert step["label"] == "分流"
    assert step["arms"] == [
        {"label": "二", "when": {"tag": "猫"}, "steps": [WAIT]},
        {"label": "新", "steps": []},
    ]
    with pytest.raises(BadEdit, match="分支已经变了"):
        edit(raw, Update("d", {}, [ArmChange(2, {})]))


def test_settings_keep_their_key_and_what_is_inside():
    raw = program(GREETING)
    step = edit(raw, Update("greet", {"lane": "M", "id": "x", "type": "y"})).program["steps"][0]
    assert step == {"id": "greet", "type": "touch", "lane": "M"}
    assert edit(raw, Configure("control_percent", 20)).program["control_percent"] == 20
    with pytest.raises(BadEdit):
        edit(raw, Configure("salt", "x"))


def test_a_tree_has_its_limits():
    deep = program(GREETING)
    for level in range(8):
        deep = edit(deep, Insert("decide", f"in:k{level}:0" if level else "top")).program
        next(s for s in walk(deep["steps"]) if s["id"] == "decide_1")["id"] = f"k{level + 1}"
    with pytest.raises(BadEdit, match="最多嵌套 8 层"):
        edit(deep, Insert("decide", "in:k8:0"))
    full = program(*[WAIT | {"id": f"w{n}"} for n in range(200)])
    with pytest.raises(BadEdit, match="最多 200 步"):
        edit(full, Clone("w0"))


@pytest.mark.parametrize(
    "steps", ["x", [1], [{"id": "A"}], [{"id": "a", "type": []}], [WAIT, WAIT], [{"id": "a"}]]
)
def test_a_draft_without_a_sound_skeleton_is_not_edited(steps):
    with pytest.raises(BadEdit, match="草稿结构有误"):
        edit({"steps": steps}, Insert("pause", "top"))
    assert edit({"steps": steps}, Replace(program(), "恢复")).program == program()


NAMES = (
    "id type steps arms met when all not field op value event where since entry events for lane "
    "content weekdays"
)
WORDS = st.sampled_from(["wait", "decide", "await", "touch", "order_count", "link_opened"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES.split()), inner | WORDS, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["entry", "steps", "exits", "goals"]), JSON, max_size=4))
def test_whatever_a_draft_holds_its_problems_are_told(raw):
    assert isinstance(skeleton_fault(raw), str)
    with pytest.raises(BadProgram):
        parse_program({"control_percent": 99} | raw, event_types=EVENT_TYPES)


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "remove", "move", "relocate", "clone", "update"]),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
    ),
    max_size=25,
)


def random_operation(raw, name, a, b):
    steps = list(walk(raw["steps"]))
    if name == "insert" or not steps:
        places = ["top", *(f"after:{step['id']}" for step in steps)]
        places += [f"in:{s['id']}:{n}" for s in steps for n, _ in enumerate(s.get("arms", []))]
        return Insert(sorted(NEW_STEPS)[a % len(NEW_STEPS)], places[b % len(places)])
    step = steps[a % len(steps)]
    if name == "relocate":
        places = [place for place, _ in places_for(raw, step["id"])]
        return Relocate(step["id"], places[b % len(places)]) if places else Remove(step["id"])
    if name == "update":
        fields = {k: v for k, v in step.items() if k not in {"id", "type", "arms"}}
        return Update(step["id"], fields | {"label": f"第 {b % 9} 步"})
    return {
        "remove": Remove(step["id"]),
        "move": Move(step["id"], 1 if b % 2 else -1),
        "clone": Clone(step["id"]),
    }[name]


@settings(max_examples=60, deadline=None)
@given(OPERATIONS)
def test_any_sequence_of_edits_leaves_a_sound_tree_with_keys_of_its_own(operations):
    raw, numbers = dict(BLANK), itertools.count()
    for name, a, b in operations:
        before = copy.deepcopy(raw)
        try:
            edited = apply(
                raw, random_operation(raw, name, a, b), new_key=lambda k: f"{k}_{next(numbers)}"
            )
        except BadEdit:
            assert raw == before
            continue
        assert raw == before
        raw = edited.program
        assert skeleton_fault(raw) == ""
        assert len(keys(raw)) == len(set(keys(raw)))
        assert edited.focus in {"", *keys(raw)}
