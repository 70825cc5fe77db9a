"""Acquisition links, payments, hand-overs refused: what customers do beside chatting."""

from __future__ import annotations

from sandbox.actions.common import customer_of, find_or_make_customer, member_of
from sandbox.actions.relations import become_friends
from sandbox.entities import JSONDict, RelationKind
from sandbox.errors import ActionError
from sandbox.events import acquisition_event
from sandbox.handover import REFUSED, WAITING, fail_transfer
from sandbox.simulator import Simulator
from sandbox.state import Corp
from sandbox.visibility import way_members


def open_acquisition_link(
    sim: Simulator,
    corp: Corp,
    *,
    link_id: str,
    customer: str,
    channel: str = "",
    name: str = "",
    add: bool = True,
) -> JSONDict:
    """A customer opens an acquisition link, and adds the member it leads to."""
    link = corp.acquisition_links.get(link_id)
    if link is None:
        raise ActionError(f"no acquisition link {link_id!r}")
    link.click_count += 1
    team = way_members(corp, link.user_list, link.department_list)
    if not add or not team:
        return {"link_id": link_id, "added": False}
    person = find_or_make_customer(sim, corp, customer, name)
    acquisition_event(sim, corp, "friend_request", LinkId=link_id, State=channel)
    row = become_friends(
        sim,
        corp,
        member_of(corp, team[int(sim.world.chance("link") * len(team))]),
        person,
        kind=RelationKind.FRIEND,
        add_way=16,
        state=channel,
        by_member=False,
    )
    if row["is_new"]:
        link.customers.append([person.external_userid, str(row["userid"]), channel])
    return {**row, "link_id": link_id, "added": True}


def buy(
    sim: Simulator,
    corp: Corp,
    *,
    customer: str,
    member: str,
    total_fee: int,
    remark: str = "",
) -> JSONDict:
    """A customer pays a member in the chat (对外收款); `total_fee` in fen."""
    person, payee = customer_of(corp, customer), member_of(corp, member)
    bill: JSONDict = {
        "transaction_id": sim.world.mint("T", 28),
        "bill_type": 0,
        "trade_state": 1,
        "pay_time": sim.world.clock.seconds(),
        "out_trade_no": sim.world.mint("O", 28),
        "external_userid": person.external_userid,
        "total_fee": total_fee,
        "payee_userid": payee.userid,
        "payment_type": 0,
        "mch_id": "1900000001",
        "remark": remark,
        "commodity_list": [],
        "total_refund_fee": 0,
        "refund_list": [],
    }
    corp.bills.append(bill)
    return bill


def refuse_transfer(sim: Simulator, corp: Corp, *, customer: str) -> JSONDict:
    """A customer refuses to be handed over."""
    person = customer_of(corp, customer)
    for transfer in corp.transfers:
        if transfer.external_userid == person.external_userid and transfer.status == WAITING:
            fail_transfer(sim, corp, transfer, REFUSED, "customer_refused")
            return {"external_userid": person.external_userid, "status": REFUSED}
    raise ActionError("nothing to refuse")
