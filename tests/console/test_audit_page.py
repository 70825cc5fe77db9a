"""The audit log is searched, paged and taken along; what it says is in words."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from customers.models import Customer
from org.models import AuditRow, User
from org.services.audit import record_audit
from tests.hostile.workbooks import cells_of, live_parts_of
from tests.makers import NOW, make_person, make_user

pytestmark = pytest.mark.django_db
A = AuditRow.Action


@pytest.fixture(autouse=True)
def clock_stands(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def boss() -> User:
    return make_user("boss", User.Role.ADMIN)


@pytest.fixture
def console(boss: User) -> Client:
    browser = Client()
    browser.force_login(boss)
    return browser


def note(action: A, actor: User | None = None, *, days: int = 0, **over: object) -> AuditRow:
    values = {"subject": "", "detail": {}, "address": "192.0.2.1"} | over
    return record_audit(actor=actor, action=action, now=NOW - timedelta(days=days), **values)


def listed(console: Client, query: str = "") -> str:
    return console.get(f"/audit/{query}", headers={"HX-Request": "true"}).content.decode()


def test_a_row_is_told_in_words(console: Client, boss: User):
    detail = {"username": "lin", "role": {"from": "staff", "to": "manager"}}
    note(A.ACCOUNT_CHANGED, boss, subject="user:7", detail=detail)

    shown = listed(console)

    for words in ("修改账号", "账号 lin", "角色：员工 → 主管", "192.0.2.1", "2026-11-22 11:00"):
        assert words in shown


def test_rights_are_named(console: Client, boss: User):
    detail = {"given": ["audit.view"], "taken": []}
    note(A.RIGHTS_CHANGED, boss, subject="role:manager", detail=detail)

    assert "授予：查看审计日志" in listed(console)
    assert "角色 主管" in listed(console)


def test_filters_narrow(console: Client, boss: User):
    lin = make_user("lin")
    note(A.REVEAL, boss, subject="customer:a", days=1)
    note(A.EXPORT, lin, subject="customers", days=9)
    note(A.SIGN_IN_FAILED, subject="mallory", days=2)

    def count(query: str) -> int:
        return listed(console, query).count('<td class="time">')

    assert count("") == 3
    assert count("?action=reveal") == 1
    assert count(f"?actor={lin.pk}") == 1
    assert count("?subject=customer:a") == 1
    assert count("?q=MALL") == 1
    assert count("?start=2026-11-20&end=2026-11-21") == 2
    assert count("?start=2026-11-21") == 1


@pytest.mark.parametrize("query", ["?actor=x", "?actor=99999999999999", "?start=x", "?page=x"])
def test_nonsense_narrows_nothing(console: Client, boss: User, query: str):
    note(A.REVEAL, boss)

    assert listed(console, query).count('<td class="time">') == 1


@pytest.mark.parametrize("count", [1, 70])
def test_a_page_costs_the_same_queries(console, boss, count: int, django_assert_num_queries):
    for _ in range(count):
        note(A.REVEAL, boss)
    # session; account with rights; how many, rows.
    with django_assert_num_queries(4):
        listed(console)


def test_the_log_is_exported_and_that_is_written_down(console: Client, boss: User):
    note(A.SIGN_IN_FAILED, subject="=cmd|' /C calc'!A0")
    note(A.REVEAL, boss, subject="customer:a")

    answer = console.get("/audit/export/?action=sign_in_failed")

    cells = cells_of(answer.content)
    assert cells[2:4] == ["登录失败", "=cmd|' /C calc'!A0"]
    assert len(cells) == 6
    assert live_parts_of(answer.content) == []
    row = AuditRow.objects.latest("id")
    assert (row.action, row.actor, row.detail) == ("export", boss, {"rows": 1})


def test_what_was_typed_is_escaped(console: Client):
    note(A.SIGN_IN_FAILED, subject="<script>alert(1)</script>")

    assert "<script>alert" not in listed(console)


def test_things_are_named_as_they_were(console: Client, boss: User):
    customer = Customer.objects.get(pk=make_person().customer_id)
    Customer.objects.update(name="林女士")
    note(A.REVEAL, boss, subject=f"customer:{customer.uid}", detail={"count": 2})
    detail = {"act": "published", "code": "J01", "name": "新客 7 天", "version": 3}
    note(A.JOURNEY_CHANGED, boss, subject=f"journey:{uuid4()}", detail=detail)
    period = {"start": "2026-11-16", "end": "2026-11-22"}
    note(A.EXPORT, boss, subject="figures:added", detail=period)
    note(A.EXPORT, boss, subject="customers", detail={"chosen": {"stage": ["first"]}})
    note(A.TOUCH_DECIDED, boss, subject="call:7", detail={"act": "not_sent", "wecom_ref": ""})

    shown = listed(console)

    assert "客户 林女士" in shown
    assert "旅程 新客 7 天" in shown
    assert "动作：发布 · 编号：J01 · 版本：3" in shown
    assert "动作：确认未发送 · 企业微信编号：—" in shown
    assert "看板数据 新增客户" in shown
    assert "开始日期：2026-11-16 · 结束日期：2026-11-22" in shown
    assert "筛选：生命周期 first" in shown
    assert f'href="/customers/{customer.uid}/"' in shown
