"""The product as processes, with the fixture corp synchronised and one channel code."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from campaigns.services.channel_codes import ChannelCodeSpec, create_channel_code
from common import clock
from content.services.materials import ArticleText, publish_article
from customers.models import Tag
from customers.services.sync import start_sync
from org.models import Job, Staff
from tests import services
from tests.system import System
from tests.wire import forget, make_apps
from wecom.models import App

STATE = "loop-1"
BODY = "\n\n".join(["## 第一步", "先掺四分之一。", "## 第二步", "看便便。"])


@pytest.fixture(scope="module")
def system(services_running: None, django_db_blocker: DjangoDbBlocker) -> Iterator[System]:
    number = services.claim_redis_number()
    forget()
    with (
        django_db_blocker.unblock(),
        System(services.CLUSTER, redis_number=number) as running,
    ):
        with running.database():
            corp = make_apps()
            job = start_sync(corp=corp, now=clock.now())
        running.wait(lambda: _is_done(running, job), "the first synchronisation")
        with running.database():
            _make_channel_code()
        yield running
        forget()


def _is_done(running: System, job: Job) -> bool:
    running.ring("scrm.sync")
    return running.count("org_job", f"id = {job.pk} AND state = 'done'") == 1


def _make_channel_code() -> None:
    now = clock.now()
    create_channel_code(
        ChannelCodeSpec(
            app=App.objects.get(slug="scrm"),
            name="门店 A01",
            state=STATE,
            staff=[Staff.objects.get(userid="zhangsan")],
            tags=[Tag.objects.get(name="VIP")],
            text="您好，我是{员工}。",
            material=publish_article(ArticleText(title="7 天换粮表", body=BODY), now=now),
            remark_template="{渠道}的客人",
            task_title="问候新朋友",
            task_body="十分钟内打个招呼",
            task_delay_minutes=1,
        ),
        now=now,
    )
