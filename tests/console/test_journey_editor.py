"""The tree editor: each operation is one POST, answered with the tree as it is then."""

import pytest

from org.models import User
from sop.models import DraftRevision
from sop.program.starting import NEW_STEPS
from sop.services.publishing import archive
from tests.console.journey_pages import HTMX, WAIT, draft, edit, signed_in, steps_of, url
from tests.makers import NOW
from tests.sop.world import GREETING, befriend, live, program, run_until

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def client():
    return signed_in()


def text(response) -> str:
    return response.content.decode()


def test_the_page_shows_the_draft_as_a_tree(client):
    arms = [
        {"label": "养猫", "when": {"tag": "猫"}, "steps": [WAIT]},
        {"label": "其他", "steps": []},
    ]
    journey = draft(GREETING, {"id": "d", "type": "decide", "arms": arms})

    shown = text(client.get(url("journey", journey)))

    for words in (
        "员工任务·关怀《问候》",
        "养猫",
        "有标签「猫」",
        "等待 1 天",
        "直接继续",
        "可以发布",
    ):
        assert words in shown
    assert "自动发送" not in shown


@pytest.mark.parametrize("kind", sorted(NEW_STEPS))
def test_every_kind_of_step_is_added_and_its_panel_opens(client, kind):
    journey = draft()

    answer = edit(client, journey, "insert", kind=kind, place="after:greet")

    added = steps_of(journey)[1]
    assert answer.status_code == 200
    assert f'data-focus="{added["id"]}" data-open' in text(answer)
    assert answer["HX-Retarget"] == "#tree"
    panel = client.get(url("journey_step", journey, added["id"]), headers=HTMX)
    assert panel.status_code == 200
    assert f'data-panel="{added["id"]}"' in text(panel)


def test_steps_move_are_copied_and_go(client):
    journey = draft(GREETING, WAIT)
    edit(client, journey, "up", step="pause")
    assert [step["id"] for step in steps_of(journey)] == ["pause", "greet"]
    edit(client, journey, "clone", step="greet")
    assert [step["type"] for step in steps_of(journey)] == ["wait", "touch", "touch"]
    edit(client, journey, "relocate", step="pause", place="after:greet")
    assert [step["type"] for step in steps_of(journey)] == ["touch", "wait", "touch"]
    answer = edit(client, journey, "remove", step="pause")
    assert [step["type"] for step in steps_of(journey)] == ["touch", "touch"]
    assert "删除「等待 1 天」" in answer["HX-Trigger"].encode().decode("unicode_escape")


def test_undo_and_redo_survive_a_reload(client):
    journey = draft()
    edit(client, journey, "insert", kind="pause", place="top")
    shown = text(client.get(url("journey", journey)))
    assert "撤销：添加「等待 1 天」" in shown

    edit(client, journey, "undo")
    assert steps_of(journey) == [GREETING]
    shown = text(client.get(url("journey", journey)))
    assert "重做：添加「等待 1 天」" in shown
    edit(client, journey, "redo")
    assert [step["type"] for step in steps_of(journey)] == ["wait", "touch"]


def test_two_editors_do_not_overwrite_each_other(client):
    journey = draft()
    other = signed_in(name="林晓")
    edit(other, journey, "insert", kind="exit", place="top", seen=0)

    refused = edit(client, journey, "remove", step="greet", seen=0)

    assert refused.status_code == 409
    assert "草稿刚被林晓改过（添加「结束：走完」），你的这一步没有保存" in text(refused)
    assert 'data-seen="1"' in text(refused)
    assert [step["type"] for step in steps_of(journey)] == ["exit", "touch"]


@pytest.mark.parametrize(
    ("op", "values", "message"),
    [
        ("up", {"step": "greet"}, "已经在最上面了"),
        ("remove", {"step": "gone"}, "这一步已经不在了"),
        ("insert", {"kind": "rocket", "place": "top"}, "没有这种步骤"),
        ("insert", {"kind": "exit", "place": "in:x:1"}, "这一步已经不在了"),
        ("undo", {}, "没有可以撤销的步骤"),
        ("explode", {}, "这一步已经不在了"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(client, op, values, message):
    journey = draft()
    refused = edit(client, journey, op, **values)
    assert refused.status_code == 422
    assert message in text(refused)
    assert steps_of(journey) == [GREETING]
    assert not DraftRevision.objects.exists()


def test_without_scripts_an_edit_leads_back_to_the_page(client):
    journey = draft()
    data = {"op": "insert", "kind": "exit", "place": "top", "seen": 0}
    answer = client.post(url("journey_edit", journey), data)
    key = steps_of(journey)[0]["id"]
    assert answer["Location"] == f"{url('journey', journey)}#step-{key}"
    menu = text(client.get(url("journey", journey), {"add": "after:greet"}))
    assert 'name="place" value="after:greet"' in menu
    opened = text(client.get(url("journey", journey), {"step": "greet"}))
    assert 'data-panel="greet"' in opened


def test_live_counts_stand_at_the_steps(client):
    journey = live(raw=program(GREETING, WAIT))
    for _ in range(3):
        befriend()
    run_until(NOW)
    befriend()

    counts = text(client.get(url("journey_counts", journey)))

    def of(key):
        part = counts.split(f'id="counts-{key}"')[1].split("</span></span>")[0]
        return [word for word in part.replace(">", " ").replace("<", " ").split() if word.isdigit()]

    assert of("entry") == ["4", "1"]
    assert of("greet") == ["3"]
    assert of("pause")[-1] == "3"


def test_a_manager_only_looks_and_sees_what_runs(client):
    journey = live(raw=program(GREETING))
    edit(client, journey, "insert", kind="exit", place="top")
    boss = signed_in(User.Role.MANAGER, "boss")

    shown = text(boss.get(url("journey", journey)))
    told = text(boss.get(url("journey_step_told", journey, "greet")))

    assert "只能查看" in shown
    assert "data-plus" not in shown
    assert "结束：走完" not in shown
    assert "{客户}你好" in told
    for answer in (
        edit(boss, journey, "remove", step="greet"),
        boss.get(url("journey_step", journey, "greet")),
        boss.post(url("journey_publish", journey)),
        boss.post(url("journey_state", journey), {"to": "pause"}),
    ):
        assert answer.status_code == 403
    assert len(steps_of(journey)) == 2


def test_an_archived_journey_is_not_edited(client):
    journey = draft()
    archive(journey.pk, now=NOW)
    refused = edit(client, journey, "remove", step="greet")
    assert refused.status_code == 422
    assert "已归档的旅程不能编辑" in text(refused)
    assert steps_of(journey) == [GREETING]


def test_a_draft_that_is_no_tree_is_said_so(client):
    journey = draft()
    type(journey).objects.update(draft={"steps": [{"id": "a"}]})
    shown = client.get(url("journey", journey))
    assert shown.status_code == 200
    assert "这份草稿不能画成流程" in text(shown)
    assert client.get(url("journey_setting", journey, "entry")).status_code == 404


@pytest.mark.parametrize("count", [1, 12])
def test_the_editor_costs_the_same_queries_however_long(client, count, django_assert_num_queries):
    journey = live(raw=program(*[WAIT | {"id": f"w{n}"} for n in range(count)]))
    for _ in range(count):
        befriend()
    run_until(NOW)
    # session, user; journey with version; standing counts, newest runs, their log; undo.
    with django_assert_num_queries(7):
        client.get(url("journey", journey))
