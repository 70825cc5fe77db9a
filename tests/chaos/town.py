"""The storm's company: staff, rules, a channel code, published journeys, and its processes."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final

import psycopg2
from psycopg2.extras import RealDictCursor

from campaigns.services.channel_codes import ChannelCodeSpec, create_channel_code
from common import clock
from content.services.materials import ArticleText, publish_article
from customers.services.sync import start_sync
from embedded import Cluster
from embedded.child import Program
from org.models import Staff
from sop.services.publishing import create_journey, publish
from tests.chaos.journeys import programs
from tests.chaos.storm import job_is_done
from tests.system import EVERYTHING, System
from tests.wire import make_apps
from touches.models import CapRule, SendingRules
from wecom.models import App, Corp

STATE: Final = "storm"
SECOND_BEAT: Final = "beat-2"
BODY: Final = "\n\n".join(["## 第一步", "先掺四分之一。", "## 第二步", "看便便。"])
# The customer's quota of mass messages: (our word, the sandbox's).
QUOTAS: Final = (("month_days", "month"), ("week_7", "week"), ("day_1", "day"))


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a storm is.

    Attributes:
        days: Virtual days with faults; people come on the first half of them.
        hit_seconds: From one fault to the next.
        recovery_ratio: How many faults wait until all works again; the others come on top.
        patience_seconds: How long time waits at most for the work that is due.
        is_cut_short: The journeys are archived at the end, instead of being waited for.
        lease_seconds, settle_seconds: The send protocol's, in real time.
    """

    customers: int
    staff: int
    days: int
    lease_seconds: int = 25
    settle_seconds: int = 8
    hit_seconds: float = 2.0
    recovery_ratio: float = 0.7
    patience_seconds: float = 3.5
    is_cut_short: bool = False


class Town(System):
    """The product with a pump beside Celery and two beats, seeded."""

    def __init__(self, cluster: Cluster, *, seed: int, scale: Scale) -> None:
        self.seed = seed
        self.scale = scale
        env = {
            "DISPATCH_LEASE_SECONDS": str(scale.lease_seconds),
            "DISPATCH_SETTLE_SECONDS": str(scale.settle_seconds),
            # What works longer than this would not see the virtual clock run.
            "PUMP_BUDGET_SECONDS": "1",
        }
        super().__init__(cluster, names=(*EVERYTHING, SECOND_BEAT, "pump"), env=env)

    def _programs(self) -> dict[str, Program]:
        ours = super()._programs()
        sandbox, beat = ours["sandbox"], ours["beat"]
        ours["sandbox"] = Program("sandbox", [*sandbox.argv, "--seed", str(self.seed)])
        schedule = str(Path(self.directory) / "beat")
        argv = [f"{schedule}-2" if word == schedule else word for word in beat.argv]
        ours[SECOND_BEAT] = Program(SECOND_BEAT, argv, beat.env | {"PROCESS_NAME": SECOND_BEAT})
        return ours

    def write(self, statement: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Run one statement on the system's database and commit it; returns its rows."""
        with (
            closing(psycopg2.connect(self.database_url)) as connection,
            connection,
            connection.cursor(cursor_factory=RealDictCursor) as cursor,
        ):
            cursor.execute(statement, list(params))
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    def keep_logs(self, problems: Sequence[str]) -> Path:
        """Copy the logs of all programs to where they are not deleted, with what was wrong."""
        kept = self.cluster.layout.state / f"seed-{self.seed}-{datetime.now(UTC):%H%M%S}"
        kept.mkdir(parents=True, exist_ok=True)
        for log in self.directory.glob("*.log"):
            shutil.copy(log, kept / log.name)
        (kept / "problems.txt").write_text("\n".join(problems), encoding="utf-8")
        return kept


def found(town: Town) -> None:
    """Make the company and bring it to us: staff hired, code pushed, journeys live."""
    ours, theirs = QUOTAS[town.seed % len(QUOTAS)]
    town.sim.change_settings(
        mass_auto_confirm_seconds=1_800,
        mass_auto_confirm_ratio=0.85,
        mass_quota=theirs,
        duplicates_by_real_time=True,
        callback_tries=3,
        callback_retry_seconds=2.0,
    )
    for userid in staff_of(town.scale):
        town.sim.act("create_user", userid=userid, name=userid, department=[2])
    town.sim.drain_callbacks()
    with town.database():
        corp = make_apps()
        Corp.objects.filter(pk=corp.pk).update(mass_quota=ours)
        job = start_sync(corp=corp, now=clock.now())
    town.wait(lambda: job_is_done(town, job), "the first synchronisation")
    with town.database():
        _set_rules(has_quiet_hours=town.seed % 4 == 0)
        _publish(staff_of(town.scale))
    town.wait(lambda: _is_pushed(town), "the channel code at WeCom")


def staff_of(scale: Scale) -> list[str]:
    """Return the members whom customers come to."""
    return [f"seller{number:02d}" for number in range(scale.staff)]


def _set_rules(*, has_quiet_hours: bool) -> None:
    """Wider than the priors, so that much is sent; still narrow enough to be met.

    A call of unclear fate waits for seconds of real time, in which days pass: quiet hours end it
    as unknown. Without them it is found out about.
    """
    rules = SendingRules.objects.filter(pk=1)
    rules.update(mass_a_staff_a_day=6, tasks_a_staff_a_day=25)
    if not has_quiet_hours:
        rules.update(quiet_from=time(0), quiet_until=time(0))
    CapRule.objects.filter(name="群发每日 1 次").update(limit=2)


def _publish(sellers: Sequence[str]) -> None:
    now = clock.now()
    material = publish_article(ArticleText(title="7 天换粮表", body=BODY), now=now)
    create_channel_code(
        ChannelCodeSpec(
            app=App.objects.get(slug="scrm"),
            name="风暴",
            state=STATE,
            staff=list(Staff.objects.filter(userid__in=sellers)),
            text="您好,我是{员工}。",
            material=material,
        ),
        now=now,
    )
    for code, program in programs(material.pk).items():
        journey = create_journey(code=code, name=code, program=program, now=now)
        publish(journey.pk, now=now)


def _is_pushed(town: Town) -> bool:
    town.ring("scrm.push_channel_codes")
    return town.count("campaigns_channelcode", "is_in_step") == 1
