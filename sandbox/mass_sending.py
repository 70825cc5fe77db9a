"""What a mass message does after it was created: quota, confirmation, results (wecom-api §11)."""

from __future__ import annotations

import calendar
import math
from datetime import UTC, datetime, timedelta, timezone

from sandbox.entities import RelationKind
from sandbox.simulator import Simulator
from sandbox.state import Corp
from sandbox.traffic import MassMessage, MassTask

CHINA = timezone(timedelta(hours=8))


def local_midnight(moment: float) -> int:
    """Return the Unix time of the last midnight in China."""
    return int(moment + 28_800) // 86_400 * 86_400 - 28_800


def quota_window(mode: str, moment: float) -> tuple[float, int]:
    """Return (start of the window that holds `moment`, receive quota in it).

    `month` allows as many as the month has days, `week` seven, `day` one, `off` any number.
    """
    midnight = local_midnight(moment)
    day = datetime.fromtimestamp(midnight, UTC).astimezone(CHINA)
    if mode == "day":
        return midnight, 1
    if mode == "week":
        return midnight - day.weekday() * 86_400, 7
    if mode == "month":
        days = calendar.monthrange(day.year, day.month)[1]
        return midnight - (day.day - 1) * 86_400, days
    return moment, 1_000_000_000


def is_quota_used(sim: Simulator, corp: Corp, target: str) -> bool:
    """Whether a customer or group already received its mass messages of this window."""
    start, quota = quota_window(sim.world.settings.mass_quota, sim.world.clock.now())
    return sum(at >= start for at in corp.mass_received.get(target, ())) >= quota


def confirm_task(
    sim: Simulator, corp: Corp, message: MassMessage, task: MassTask, chosen: set[str] | None
) -> dict[int, int]:
    """Let a member send his part to `chosen` targets or all; return how often each status came."""
    now = sim.world.clock.seconds()
    counts: dict[int, int] = {}
    for target, result in task.targets.items():
        if chosen is not None and target not in chosen:
            continue
        result.status = _outcome(sim, corp, message, task.userid, target)
        counts[result.status] = counts.get(result.status, 0) + 1
        if result.status == 1:
            result.send_time = now
            corp.mass_received.setdefault(target, []).append(now)
            _arrive(sim, corp, message, task.userid, target)
    task.status, task.send_time = 2, now
    return counts


def plan_auto_confirm(sim: Simulator, message: MassMessage) -> None:
    """Decide when members confirm by themselves: after a random while, some never."""
    settings, chance = sim.world.settings, sim.world.chance
    if settings.mass_auto_confirm_seconds <= 0:
        return
    for task in message.tasks.values():
        if chance("confirms") < settings.mass_auto_confirm_ratio:
            wait = -math.log(1 - chance("confirm_wait")) * settings.mass_auto_confirm_seconds
            task.auto_at = message.ready_at + wait


def settle_confirmations(sim: Simulator) -> int:
    """Confirm what members were going to confirm by now; return how many tasks."""
    now, count = sim.world.clock.now(), 0
    for corp in sim.world.corps.values():
        for message in corp.mass_messages.values():
            for task in message.tasks.values():
                if 0 < task.auto_at <= now and task.status == 0 and not message.cancelled:
                    confirm_task(sim, corp, message, task, None)
                    count += 1
    return count


def _outcome(sim: Simulator, corp: Corp, message: MassMessage, userid: str, target: str) -> int:
    if message.chat_type == "single":
        relation = corp.relation(userid, target)
        if relation is None or relation.kind is not RelationKind.FRIEND:
            return 2
    elif target not in corp.group_chats or corp.group_chats[target].dismissed:
        return 2
    return 3 if is_quota_used(sim, corp, target) else 1


def _arrive(sim: Simulator, corp: Corp, message: MassMessage, userid: str, target: str) -> None:
    kind = "customer" if message.chat_type == "single" else "group"
    payload = {
        "msgid": message.msgid,
        "text": message.text,
        "attachments": message.attachments,
    }
    sim.deliver(corp, kind, target, "mass_message", payload, sender=userid)
