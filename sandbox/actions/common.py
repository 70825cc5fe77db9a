"""Finding the people of an action; small helpers that several actions share."""

from __future__ import annotations

from sandbox.entities import Customer, Member, Relation, RelationKind
from sandbox.errors import ActionError
from sandbox.mass_sending import local_midnight
from sandbox.simulator import Simulator
from sandbox.state import Corp
from sandbox.traffic import BehaviorDay


def member_of(corp: Corp, userid: str) -> Member:
    """Return a member on the job.

    Raises:
        ActionError: nobody has this userid, or he left.
    """
    member = corp.members.get(userid)
    if member is None or member.left_at:
        raise ActionError(f"no member {userid!r} on the job")
    return member


def customer_of(corp: Corp, reference: str) -> Customer:
    """Return a customer by external_userid or handle.

    Raises:
        ActionError: nobody answers to this reference.
    """
    customer = corp.customers.get(reference) or corp.by_handle.get(reference)
    if customer is None:
        raise ActionError(f"no customer {reference!r}")
    return customer


def find_or_make_customer(sim: Simulator, corp: Corp, reference: str, name: str = "") -> Customer:
    """Return a customer by reference; an unknown one is a new person with that handle."""
    known = corp.customers.get(reference) or corp.by_handle.get(reference)
    if known is not None:
        return known
    world = sim.world
    external_userid = world.mint("wm")
    number = len(corp.customers) + 1
    return corp.put_customer(
        Customer(
            external_userid,
            name or f"微信用户{number}",
            handle=reference,
            avatar=f"https://wx.qlogo.example/{external_userid[-8:]}",
            gender=int(world.chance("gender") * 3),
            unionid=world.mint("oz", 28),
            openid=world.mint("o", 28),
        )
    )


def chatting_relation(corp: Corp, userid: str, external_userid: str) -> Relation:
    """Return a relation over which both can talk.

    Raises:
        ActionError: they are no friends (any more).
    """
    relation = corp.relation(userid, external_userid)
    if relation is None or relation.kind not in (RelationKind.FRIEND, RelationKind.HALF):
        raise ActionError(f"{userid} and {external_userid} cannot talk: not friends")
    return relation


def behavior_today(sim: Simulator, corp: Corp, userid: str) -> BehaviorDay:
    """Return the member's contact figures of the current local day."""
    day = local_midnight(sim.world.clock.now())
    return corp.behavior.setdefault(userid, {}).setdefault(day, BehaviorDay())
