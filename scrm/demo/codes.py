"""The demo company's channel codes: those that WeCom holds already, and the one of the story."""

from datetime import UTC, datetime
from typing import Final

from campaigns.models import ChannelCode, DefaultWelcome
from campaigns.services.channel_codes import ChannelCodeSpec, create_channel_code
from content.models import Material
from customers.models import Tag
from org.models import Staff
from wecom.api import contact_ways
from wecom.client import client_for
from wecom.models import App, Corp

STORY_STATE: Final = "DEMO-STORY"
STORY_STAFF: Final = ("sunlei", "wujiaqi", "qianhao", "caimeng")
STORY_TAGS: Final = 2
DEFAULT_TEXT: Final = "{客户}你好，我是团绒宠物的{员工}。喂养、洗护、换粮的问题都可以直接问我。"
STORY_TEXT: Final = (
    "{客户}你好，我是西湖店的{员工}！送你一份《7 天换粮表》，换粮不软便。有问题随时叫我。"
)
LONG_AGO: Final = datetime(2021, 7, 11, tzinfo=UTC)


def adopt_codes(corp: Corp, *, now: datetime) -> int:
    """Take over the contact ways that this corp's app has at WeCom; returns how many were new."""
    app = App.objects.get(corp=corp, slug="scrm")
    DefaultWelcome.objects.get_or_create(corp=corp, defaults={"text": DEFAULT_TEXT})
    client = client_for(app)
    known = set(ChannelCode.objects.filter(corp=corp).values_list("config_id", flat=True))
    staff = {member.userid_folded: member for member in Staff.objects.filter(corp=corp)}
    count = 0
    for config_id in contact_ways.list_contact_way(client, created_from=LONG_AGO, created_to=now):
        if config_id in known:
            continue
        way = contact_ways.get_contact_way(client, config_id=config_id)
        if not way.state:
            continue
        code = ChannelCode.objects.create(
            corp=corp,
            app=app,
            name=way.remark or way.state,
            state=way.state,
            kind=way.type,
            skip_verify=way.skip_verify,
            config_id=config_id,
            qr_code_url=way.qr_code,
            is_in_step=True,
            created_at=now,
        )
        code.staff.set(staff[userid.lower()] for userid in way.user if userid.lower() in staff)
        count += 1
    return count


def make_story_code(corp: Corp, article: Material, *, now: datetime) -> ChannelCode:
    """Make the code that the demo story scans, once."""
    known = ChannelCode.objects.filter(corp=corp, state=STORY_STATE).first()
    if known is not None:
        return known
    return create_channel_code(
        ChannelCodeSpec(
            app=App.objects.get(corp=corp, slug="scrm"),
            name="西湖店收银台·演示",
            state=STORY_STATE,
            staff=list(Staff.objects.filter(corp=corp, userid__in=STORY_STAFF).order_by("id")),
            tags=list(Tag.objects.filter(corp=corp, is_deleted=False).order_by("id")[:STORY_TAGS]),
            text=STORY_TEXT,
            material=article,
            remark_template="西湖-{客户}",
            task_title="新客首次问候",
            task_body="问问毛孩子的品种和年龄，约一次到店体验。",
            task_delay_minutes=0,
        ),
        now=now,
    )
