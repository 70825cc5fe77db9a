"""The customers list through its door: filters, tabs, columns, bulk jobs, who may what."""

import gzip

import pytest
from django.test import Client

from customers.models import Follow, ListColumns, Profile, SavedView
from org.models import AuditRow, Job, User
from tests.api.people import follow, identity_of, make_named, tag
from tests.makers import NOW, make_app, make_department, make_staff, make_user
from touches.models import Dispatch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.clock.now", lambda: NOW)


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator() -> Client:
    return sign_in(make_user("operator", User.Role.OPERATOR))


def page(client: Client, address: str = "/customers/", **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_a_row_says_who_somebody_is(operator: Client) -> None:
    customer = make_named("林小满", stage="first")
    relation = follow(make_staff("周宁"), customer)
    Follow.objects.filter(pk=relation.pk).update(remark="西湖店", sealed_mobiles=None)
    relation.refresh_from_db()
    relation.sealed_mobiles = "13812345678"
    relation.save()
    tag(customer, "敏感肠胃")
    Profile.objects.filter(pk=customer.pk).update(order_amount_fen=123_450, first_added_at=NOW)
    shown = page(operator)
    for words in (
        "林小满",
        "138****5678",
        "西湖店",
        "首购",
        "敏感肠胃",
        "周宁",
        "¥1,234.50",
        "2026-11-22",
    ):
        assert words in shown
    assert "13812345678" not in shown
    assert f"/customers/{customer.uid}/" in shown


def test_filters_stand_in_the_address_and_htmx_gets_the_list_alone(operator: Client) -> None:
    make_named("林小满", stage="first")
    make_named("王五")
    address = "/customers/?q=小满&stage=first&stage=repurchase&spend_max=5"
    part = page(operator, address, **{"HX-Request": "true"})
    assert ("林小满" in part, "王五" in part, "<html" in part) == (True, False, False)
    whole = page(operator, address)
    assert 'value="小满"' in whole
    assert "清除筛选" in whole


@pytest.mark.parametrize(
    "address",
    ["?stage=x", "?staff=x", "?tag=99999999999999999999", "?q=%00", "?added_from=2026-13-01",
     "?page=after.x", "?page=before.1", "?sort=-name", "?spend_min=-1", "?active=idle1"],
)  # fmt: skip
def test_nonsense_in_the_address_is_left_out(operator: Client, address: str) -> None:
    make_named("林小满")
    assert "林小满" in page(operator, f"/customers/{address}")


def test_nobody_at_all_and_nobody_of_these_are_told_apart(operator: Client) -> None:
    assert "还没有客户" in page(operator)
    make_named("林小满")
    assert "没有符合条件的客户" in page(operator, "/customers/?q=zzzz")


def test_one_sees_the_customers_of_ones_own_scope() -> None:
    mine = make_staff("mine", department=make_department())
    follow(mine, make_named("我的客户"))
    make_named("别人的客户")
    shown = page(sign_in(make_user("manager", User.Role.MANAGER, mine)))
    assert ("我的客户" in shown, "别人的客户" in shown) == (True, False)
    assert "导出" not in shown
    staff = sign_in(make_user("guide", User.Role.STAFF, make_staff("guide")))
    assert staff.get("/customers/").status_code == 403


def test_tabs_are_counted_after_the_page_and_know_which_is_on(operator: Client) -> None:
    make_named("林小满", stage="repurchase")
    make_named("王五")
    assert "…" in page(operator)
    told = page(
        operator,
        "/customers/counts/",
        **{"HX-Current-URL": "http://testserver/customers/?relation=friend&stage=repurchase"},
    )
    assert "全部客户 <small>2</small>" in told
    assert 'aria-current="page">复购客户 <small>1</small>' in told


def test_a_view_is_saved_and_deleted(operator: Client) -> None:
    drawer = operator.get("/customers/views/new/?stage=first&q=")
    assert 'value="stage=first"' in drawer.content.decode()
    empty = operator.post("/customers/views/new/", {"name": "空", "address": ""})
    assert empty.status_code == 422
    operator.post(
        "/customers/views/new/", {"name": "首购", "address": "stage=first", "is_shared": "on"}
    )
    view = SavedView.objects.get(name="首购")
    assert (view.query, view.is_shared) == ({"stage": ["first"]}, True)
    assert "首购" in operator.get("/customers/views/").content.decode()
    assert operator.post(f"/customers/views/{view.pk}/delete/").status_code == 302
    assert not SavedView.objects.filter(name="首购").exists()
    assert operator.post(f"/customers/views/{view.pk}/delete/").status_code == 404


def test_a_manager_saves_for_themself_alone() -> None:
    manager = make_user("manager", User.Role.MANAGER, make_staff("m"))
    client = sign_in(manager)
    client.post("/customers/views/new/", {"name": "x", "address": "stage=first", "is_shared": "on"})
    assert SavedView.objects.get(owner=manager).is_shared is False
    preset = SavedView.objects.filter(owner=None)[0]
    client.post(f"/customers/views/{preset.pk}/delete/")
    assert SavedView.objects.filter(pk=preset.pk).exists()


def test_columns_are_chosen_for_ones_own_account(operator: Client) -> None:
    make_named("林小满")
    answer = operator.post(
        "/customers/columns/", {"shown": ["orders", "bogus"], "address": "stage=potential"}
    )
    assert answer["Location"] == "/customers/?stage=potential"
    assert ListColumns.objects.get().shown == ["orders"]
    shown = page(operator)
    assert ('data-label="订单数"' in shown, 'data-label="标签"' in shown) == (True, False)


def test_addresses_that_come_back_stay_addresses_of_the_list(operator: Client) -> None:
    answer = operator.post("/customers/columns/", {"address": "//evil.example/?x=1"})
    assert answer["Location"].startswith("/customers/?")


def bulk(client: Client, action: str = "tag", **data: object):
    return client.post(f"/customers/{action}/", data)


def test_chosen_rows_are_tagged_by_a_job(operator: Client) -> None:
    make_app()
    first, second = make_named("甲"), make_named("乙")
    carried = tag(make_named("丙"), "敏感肠胃")
    answer = bulk(operator, ids=[str(first.uid), "junk"], tag=carried.pk, address="q=甲")
    assert answer["Location"] == "/customers/?q=%E7%94%B2"
    job = Job.objects.get()
    assert (job.plan["chosen"], job.total_count) == ({"ids": [first.pk]}, 1)
    assert second.pk not in job.plan["chosen"]["ids"]
    assert "打标签：敏感肠胃" in page(operator)


def test_all_that_match_are_untagged_by_a_job(operator: Client) -> None:
    make_app()
    carried = tag(make_named("甲"), "敏感肠胃")
    make_named("乙")
    bulk(operator, "untag", everything="1", address="q=甲&sort=-spend", tag=carried.pk)
    job = Job.objects.get()
    assert (job.plan["chosen"], job.plan["is_added"]) == ({"query": {"q": ["甲"]}}, False)


@pytest.mark.parametrize("data", [{}, {"everything": "1"}, {"everything": "1", "tag": "999"}])
def test_what_is_not_whole_begins_nothing(operator: Client, data: dict[str, str]) -> None:
    make_named("甲")
    assert bulk(operator, **data).status_code == 302
    assert (Job.objects.count(), AuditRow.objects.count(), Dispatch.objects.count()) == (0, 0, 0)


def test_customers_of_others_cannot_be_chosen_by_their_number() -> None:
    make_app()
    other = make_named("别人的")
    carried = tag(other, "x")
    manager = sign_in(make_user("manager", User.Role.MANAGER, make_staff("m")))
    bulk(manager, ids=[str(other.uid)], tag=carried.pk)
    assert Job.objects.count() == 0


def test_a_job_is_watched_cancelled_and_undone_by_its_starter(operator: Client) -> None:
    make_app()
    carried = tag(make_named("甲"), "敏感肠胃")
    bulk(operator, everything="1", tag=carried.pk)
    job = Job.objects.get()
    assert 'hx-trigger="every 2s"' in page(operator, f"/jobs/{job.pk}/")
    other = sign_in(make_user("other", User.Role.OPERATOR))
    for action in ("", "cancel/", "undo/", "files/"):
        method = other.get if action in ("", "files/") else other.post
        assert method(f"/jobs/{job.pk}/{action}").status_code == 404
    operator.post(f"/jobs/{job.pk}/cancel/")
    job.refresh_from_db()
    assert job.state == "cancelled"
    operator.post(f"/jobs/{job.pk}/undo/")
    assert Job.objects.filter(kind="bulk_tag_undo", subject=str(job.pk)).count() == 1


def test_a_short_list_is_exported_at_once_a_long_one_later(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_named("甲")
    make_named("乙")
    now = operator.post("/customers/export/", {"everything": "1", "address": "q=甲"})
    assert now["Content-Disposition"] == 'attachment; filename="customers-20261122.xlsx"'
    monkeypatch.setattr("scrm.console.customers.bulk.AT_ONCE", 1)
    later = operator.post("/customers/export/", {"everything": "1", "address": ""})
    assert (later.status_code, Job.objects.get().kind) == (302, "export")
    assert AuditRow.objects.filter(action="export").count() == 2


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_costs_the_same_queries_however_long(
    operator: Client, count: int, django_assert_num_queries
) -> None:
    staff = make_staff("周宁")
    for number in range(count):
        customer = make_named(f"客户{number}")
        follow(staff, customer)
        tag(customer, "敏感肠胃")
    assert identity_of(customer)
    # session, user with rights; plan, page with count, columns; customers, relations, tags,
    # channels, jobs, tag groups; tabs, staff, channel options.
    with django_assert_num_queries(14):
        page(operator)
    with django_assert_num_queries(11):
        page(operator, "/customers/?q=客户", **{"HX-Request": "true"})


def test_a_full_page_is_light(operator: Client) -> None:
    staff = make_staff("周宁")
    for number in range(50):
        customer = make_named(f"客户{number}")
        follow(staff, customer)
        for name in ("敏感肠胃", "换粮期", "幼猫"):
            tag(customer, name)
    assert len(gzip.compress(page(operator).encode())) < 16_000
