"""Customers leave as xlsx: phones masked, texts never formulas, long lists in parts."""

import io
from datetime import timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from customers.models import Customer, Follow, Profile
from customers.services.exports import EXPORT_KIND, begin_export
from org.models import AuditRow, Job, User
from org.services.jobs import advance_jobs
from scrm.web import customer_export
from scrm.web.customer_export import export_now, export_step
from tests.api.people import follow, make_named, tag
from tests.makers import NOW, make_department, make_staff, make_user

pytestmark = pytest.mark.django_db
ALL = {"query": {}}


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.clock.now", lambda: NOW)


def rows(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def begin(user: User, total: int, chosen=ALL) -> Job | None:
    return begin_export(user=user, chosen=chosen, total=total, at_once=2, now=NOW)


def test_a_row_says_what_is_known_with_the_phone_masked() -> None:
    customer = make_named("小林", stage="first")
    Follow.objects.filter(pk=follow(make_staff("周宁"), customer).pk).update(
        remark="西湖店小林", sealed_mobiles="13812345678,13700001111"
    )
    tag(customer, "敏感肠胃")
    Profile.objects.filter(pk=customer.pk).update(
        order_amount_fen=26_850, order_count=2, first_added_at=NOW - timedelta(days=1)
    )
    head, row = rows(export_now(make_user(), ALL))
    told = dict(zip(head, row, strict=True))
    assert told["手机（脱敏）"] == "138****5678、137****1111"
    assert (told["备注"], told["跟进员工"], told["来源渠道"]) == ("西湖店小林", "周宁", "chan1")
    assert (told["标签"], told["生命周期"], told["关系"]) == ("敏感肠胃", "首购", "好友")
    assert (told["累计消费（元）"], told["订单数"]) == (268.5, 2)
    assert str(told["添加时间"]) == "2026-11-21 11:00:00"
    assert told["最近互动"] == ""


def test_what_strangers_wrote_stays_text() -> None:
    for name in (
        "=1+1",
        "+cmd|' /C calc'!A0",
        "@SUM(1)",
        "https://evil.example/",
        "\x07\u200b\u202e名",
    ):
        make_named(name)
    names = [row[0] for row in rows(export_now(make_user(), ALL))[1:]]
    assert names[:4] == ["=1+1", "+cmd|' /C calc'!A0", "@SUM(1)", "https://evil.example/"]


def test_only_ones_own_customers_leave() -> None:
    mine = make_staff("mine", department=make_department())
    follow(mine, make_named("我的"))
    make_named("别人的")
    manager = make_user("m", User.Role.MANAGER, mine)
    assert [row[0] for row in rows(export_now(manager, ALL))[1:]] == ["我的"]


def test_a_short_list_is_audited_and_needs_no_job() -> None:
    assert begin(make_user(), 2) is None
    row = AuditRow.objects.get()
    assert (row.action, row.detail["count"]) == ("export", 2)


def test_a_long_list_becomes_files_of_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customer_export, "PART_ROWS", 3)
    monkeypatch.setattr(customer_export, "BATCH_ROWS", 2)
    for number in range(5):
        make_named(f"客{number}")
    job = begin(make_user(), 5, {"query": {"q": ["客"]}})
    assert job is not None
    advance_jobs({EXPORT_KIND: export_step}, budget_seconds=5.0)
    job.refresh_from_db()
    files = list(job.files.order_by("number"))
    assert (job.state, job.result) == ("done", {"rows": 5, "files": 2})
    assert [file.name for file in files] == ["客户-20261122-01.xlsx", "客户-20261122-02.xlsx"]
    exported = [row[0] for file in files for row in rows(bytes(file.content))[1:]]
    assert exported == list(Customer.objects.order_by("id").values_list("name", flat=True))
