"""What a customer hand-over does when its day has passed (wecom-api §13)."""

from __future__ import annotations

from sandbox.entities import Relation, RelationKind
from sandbox.events import customer_event
from sandbox.simulator import Simulator
from sandbox.state import Corp
from sandbox.traffic import Transfer

DONE, WAITING, REFUSED, TAKER_FULL = 1, 2, 3, 4


def settle_transfers(sim: Simulator) -> int:
    """Complete every hand-over that is due; return how many."""
    now, count = sim.world.clock.now(), 0
    for corp in sim.world.corps.values():
        for transfer in corp.transfers:
            if transfer.status == WAITING and transfer.due_at <= now:
                _settle(sim, corp, transfer)
                count += 1
    return count


def _settle(sim: Simulator, corp: Corp, transfer: Transfer) -> None:
    taker = corp.members.get(transfer.takeover_userid)
    held = sum(
        r.kind is RelationKind.FRIEND for r in corp.relations_of_member(transfer.takeover_userid)
    )
    if taker is None or taker.left_at or held >= taker.customer_cap:
        fail_transfer(sim, corp, transfer, TAKER_FULL, "customer_limit_exceed")
        return
    transfer.status = DONE
    _close_waiting(corp, transfer)
    old = corp.relation(transfer.handover_userid, transfer.external_userid)
    if old is not None:
        _move(sim, corp, transfer, old)


def _close_waiting(corp: Corp, transfer: Transfer) -> None:
    for row in corp.unassigned:
        if (row.handover_userid, row.external_userid) == (
            transfer.handover_userid,
            transfer.external_userid,
        ):
            row.assigned = True


def _move(sim: Simulator, corp: Corp, transfer: Transfer, old: Relation) -> None:
    taker, customer = transfer.takeover_userid, transfer.external_userid
    known = corp.relation(taker, customer)
    if known is None or known.kind is not RelationKind.FRIEND:
        corp.put_relation(
            Relation(
                taker,
                customer,
                remark=old.remark,
                description=old.description,
                remark_mobiles=list(old.remark_mobiles),
                tags=list(old.tags),
                createtime=sim.world.clock.seconds(),
                add_way=202,
                state=old.state,
                oper_userid=transfer.handover_userid,
                transfers=[*old.transfers, transfer.started_at],
            )
        )
        customer_event(sim, corp, "add_external_contact", taker, customer, State=old.state)
    old.kind = RelationKind.NONE
    old.tags = []
    customer_event(
        sim,
        corp,
        "del_external_contact",
        old.userid,
        customer,
        Source="DELETE_BY_TRANSFER",
    )


def fail_transfer(sim: Simulator, corp: Corp, transfer: Transfer, status: int, reason: str) -> None:
    """End a hand-over without success and tell the apps."""
    transfer.status = status
    customer_event(
        sim,
        corp,
        "transfer_fail",
        transfer.takeover_userid,
        transfer.external_userid,
        FailReason=reason,
    )
