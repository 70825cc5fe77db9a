"""Every reference inside the world and from history into the world holds."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from sandbox.demo import build_history, build_world, company_facts
from sandbox.state import Corp, RelationKind, World

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def corp() -> Corp:
    world = World(seed=1)
    return build_world(world, customers=2_000, seed=1, today=TODAY)


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    return list(build_history(customers=2_000, seed=1, today=TODAY))


def test_the_organisation_is_28_people_and_one_who_left(corp: Corp) -> None:
    on_the_job = [member for member in corp.members.values() if not member.left_at]
    assert len(on_the_job) == 28
    assert sum(member.customer_contact for member in on_the_job) == 23
    assert [m.name for m in corp.members.values() if m.left_at] == ["沈佳宁"]
    assert all(set(member.department) <= set(corp.departments) for member in on_the_job)


def test_every_relation_names_a_customer_a_member_and_known_tags(corp: Corp) -> None:
    for external_userid, pairs in corp.relations.items():
        assert external_userid in corp.customers
        for userid, relation in pairs.items():
            assert (relation.userid, relation.external_userid) == (userid, external_userid)
            assert userid in corp.members
            assert set(relation.tags) <= set(corp.tags)
            assert len(relation.tags) == len(set(relation.tags))
            assert len(relation.remark) <= 20


def test_states_come_from_the_46_codes(corp: Corp) -> None:
    states = {way.state for way in corp.contact_ways.values()}
    assert len(corp.contact_ways) == len(states) == 46
    used = {r.state for pairs in corp.relations.values() for r in pairs.values()} - {""}
    assert used <= states
    assert len(used) > 40


def test_codes_name_members_on_the_job_as_wecom_demands(corp: Corp) -> None:
    for way in corp.contact_ways.values():
        assert all(not corp.members[userid].left_at for userid in way.user)
        assert way.type == (1 if len(way.user) == 1 else 2)
        assert len(way.state) <= 30
        assert len(way.config_id) == 32


def test_groups_hold_friends_and_strangers(corp: Corp) -> None:
    assert len(corp.group_chats) == 24
    seats = [seat for group in corp.group_chats.values() for seat in group.members.values()]
    outside = [seat for seat in seats if seat.type == 2]
    friends = [seat for seat in outside if seat.userid in corp.customers]
    assert 0.74 < len(friends) / len(outside) < 0.82
    assert all(group.owner in group.members for group in corp.group_chats.values())


def test_the_guide_who_left_has_only_those_who_refused(corp: Corp) -> None:
    left_behind = list(corp.relations_of_member("shenjianing"))
    refused = {row.external_userid for row in corp.unassigned}
    assert {r.external_userid for r in left_behind if r.kind == RelationKind.FRIEND} == refused
    handed = [r for _, r in pairs_of(corp) if r.add_way == 202]
    assert 0.02 < len(refused) / (len(refused) + len(handed)) < 0.14
    assert {r.userid for r in handed} <= {"jiangtao", "hanxue", "panrui", "guxiaotong"}


def pairs_of(corp: Corp) -> list[tuple[str, Any]]:
    return [(x, relation) for x, pairs in corp.relations.items() for relation in pairs.values()]


def test_history_speaks_only_of_known_customers_staff_products_and_articles(
    corp: Corp, events: list[dict[str, Any]]
) -> None:
    facts = company_facts(TODAY)
    prices = {product["sku"] for product in facts["products"]}
    articles = {article["slug"] for article in facts["articles"]}
    for event in events:
        assert event["external_userid"] in corp.customers
        assert event["userid"] in corp.members
        assert {line["sku"] for line in event.get("lines", ())} <= prices
        assert event.get("article", "welcome-card") in articles


def test_refunds_and_dwells_follow_what_they_belong_to(events: list[dict[str, Any]]) -> None:
    paid = {e["order_no"]: e for e in events if e["type"] == "order_paid"}
    opened = {e["visit_id"]: e for e in events if e["type"] == "link_opened"}
    assert len(paid) == Counter(e["type"] for e in events)["order_paid"]
    for event in events:
        if event["type"] == "order_refunded":
            order = paid[event["order_no"]]
            assert order["occurred_at"] < event["occurred_at"]
            assert order["amount_fen"] == event["amount_fen"]
        if event["type"] == "link_dwelled":
            visit = opened[event["visit_id"]]
            assert visit["occurred_at"] < event["occurred_at"]
            assert visit["external_userid"] == event["external_userid"]


def test_amounts_are_the_sum_of_their_lines(events: list[dict[str, Any]]) -> None:
    for event in events:
        if event["type"] == "order_paid":
            total = sum(line["quantity"] * line["unit_price_fen"] for line in event["lines"])
            assert event["amount_fen"] == total - event["discount_fen"] > 0


def test_losses_told_by_history_are_losses_in_the_world(
    corp: Corp, events: list[dict[str, Any]]
) -> None:
    for event in events:
        if event["type"] == "friend_lost":
            relation = corp.relation(event["userid"], event["external_userid"])
            if event["by"] == "customer":
                assert relation is not None
                assert relation.kind == RelationKind.CUSTOMER_DELETED
            elif event["by"] in {"member", "transfer"}:
                assert relation is None
