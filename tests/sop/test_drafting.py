"""Edits of a draft are kept: undone and done again exactly, and never overwritten unawares."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from org.models import User
from sop.errors import BadEdit, StaleDraft, UnknownJourney, WrongState
from sop.models import DraftRevision, Journey
from sop.program.editing import Clone, Insert, Move, Remove, Update
from sop.services import drafting
from sop.services.drafting import edit_draft, redo_edit, undo_edit
from sop.services.publishing import archive, change_draft, create_journey, publish
from tests.makers import NOW, make_user
from tests.sop.world import GREETING, live, program

pytestmark = pytest.mark.django_db
WAIT = {"id": "pause", "type": "wait", "for": {"days": 1}}


@pytest.fixture
def journey() -> Journey:
    return create_journey(code="J1", name="新客", program=program(GREETING), now=NOW)


def edit(journey: Journey, operation, *, seen: int | None = None, by: User | None = None):
    if seen is None:
        journey.refresh_from_db()
        seen = journey.draft_edits
    return edit_draft(journey.pk, operation, seen=seen, now=NOW, by=by)


def draft_of(journey: Journey) -> dict[str, Any]:
    journey.refresh_from_db()
    return journey.draft


def back(journey: Journey) -> str:
    journey.refresh_from_db()
    return undo_edit(journey.pk, seen=journey.draft_edits, now=NOW, by=None).summary


def forth(journey: Journey) -> str:
    journey.refresh_from_db()
    return redo_edit(journey.pk, seen=journey.draft_edits, now=NOW, by=None).summary


def test_an_edit_is_undone_and_done_again(journey):
    before = draft_of(journey)
    added = edit(journey, Insert("pause", "after:greet"))
    after = draft_of(journey)

    assert (added.edits, added.summary) == (1, "添加「等待 1 天」")
    assert back(journey) == "已撤销：添加「等待 1 天」"
    assert draft_of(journey) == before
    assert forth(journey) == "已重做：添加「等待 1 天」"
    assert draft_of(journey) == after
    assert journey.draft_edits == 3


def test_there_is_nothing_to_undo_at_the_beginning_nor_to_redo_at_the_end(journey):
    with pytest.raises(BadEdit, match="没有可以撤销的步骤"):
        back(journey)
    edit(journey, Clone("greet"))
    back(journey)
    with pytest.raises(BadEdit, match="没有可以撤销的步骤"):
        back(journey)
    forth(journey)
    with pytest.raises(BadEdit, match="没有可以重做的步骤"):
        forth(journey)
    assert journey.draft_edits == 3


def test_a_new_edit_takes_the_place_of_what_was_undone(journey):
    edit(journey, Insert("pause", "top"))
    back(journey)
    edit(journey, Insert("exit", "top"))
    with pytest.raises(BadEdit):
        forth(journey)
    assert [step["type"] for step in draft_of(journey)["steps"]] == ["exit", "touch"]


def test_an_edit_of_a_draft_that_somebody_else_changed_is_refused(journey):
    lin = make_user("林晓")
    edit(journey, Insert("pause", "top"), by=lin)
    kept = draft_of(journey)

    for attempt in (
        lambda: edit(journey, Remove("greet"), seen=0),
        lambda: undo_edit(journey.pk, seen=0, now=NOW, by=None),
        lambda: redo_edit(journey.pk, seen=2, now=NOW, by=None),
    ):
        with pytest.raises(StaleDraft, match=r"草稿刚被林晓改过（添加「等待 1 天」）"):
            attempt()

    assert draft_of(journey) == kept
    assert DraftRevision.objects.count() == 2


def test_a_draft_is_not_published_unseen():
    journey = live()
    edit(journey, Insert("exit", "after:greet"))
    with pytest.raises(StaleDraft):
        publish(journey.pk, now=NOW, seen=0)
    assert journey.versions.count() == 1
    assert publish(journey.pk, now=NOW, seen=1).number == 2


def test_what_changes_nothing_leaves_no_trace(journey):
    fields = {name: value for name, value in GREETING.items() if name not in {"id", "type"}}
    told = edit(journey, Update("greet", fields))
    assert (told.edits, DraftRevision.objects.count()) == (0, 0)


def test_a_refused_edit_changes_nothing(journey):
    with pytest.raises(BadEdit):
        edit(journey, Move("greet", -1))
    assert draft_of(journey) == program(GREETING)
    assert not DraftRevision.objects.exists()


def test_the_api_writes_into_the_same_history(journey):
    change_draft(journey.pk, program=program(WAIT), now=NOW, by=make_user("api"))
    assert back(journey) == "已撤销：接口写入草稿"
    assert draft_of(journey) == program(GREETING)


def test_an_archived_journey_and_one_that_is_not_there_are_not_edited(journey):
    archive(journey.pk, now=NOW)
    with pytest.raises(WrongState):
        edit(journey, Remove("greet"))
    with pytest.raises(UnknownJourney):
        edit_draft(0, Remove("greet"), seen=0, now=NOW, by=None)


def test_only_so_many_edits_are_kept(journey, monkeypatch):
    monkeypatch.setattr(drafting, "KEPT_REVISIONS", 3)
    for _ in range(5):
        edit(journey, Insert("exit", "top"))
    assert sorted(DraftRevision.objects.values_list("position", flat=True)) == [3, 4, 5]
    back(journey)
    back(journey)
    with pytest.raises(BadEdit):
        back(journey)
    assert len(draft_of(journey)["steps"]) == 4


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(["insert", "clone", "remove", "back", "forth"]), max_size=12))
def test_undo_returns_exactly_the_program_before(journey, moves):
    Journey.objects.filter(pk=journey.pk).update(
        draft=program(GREETING), draft_position=0, draft_edits=0
    )
    DraftRevision.objects.all().delete()
    past, future = [draft_of(journey)], []
    for move in moves:
        if move == "back" and len(past) > 1:
            back(journey)
            future.append(past.pop())
        elif move == "forth" and future:
            forth(journey)
            past.append(future.pop())
        elif move in {"insert", "clone", "remove"}:
            steps = past[-1]["steps"]
            key = steps[0]["id"] if steps else ""
            known = {"clone": Clone(key), "remove": Remove(key)} if key else {}
            edit(journey, known.get(move, Insert("decide", "top")))
            past.append(draft_of(journey))
            future = []
        assert draft_of(journey) == past[-1]
