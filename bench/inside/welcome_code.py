"""Make a channel code at the sandbox through the product: staff, tag, welcome, remark, first task.

Answers its state.
"""

from bench.inside.talk import answer, wait_for_go
from campaigns.models import ChannelCode
from campaigns.services.channel_codes import ChannelCodeSpec, create_channel_code
from common import clock
from content.models import Material
from customers.models import Tag, TagGroup
from org.models import Staff
from org.services.staff import ensure_staff
from sandbox import fixture
from wecom.models import App

STATE = "BENCH"


def make_code() -> ChannelCode:
    """Make everything that an add by this code will ask for."""
    app = App.objects.select_related("corp").get(slug="scrm")
    corp = next(iter(fixture.fixture_world().corps.values()))
    numbers = ensure_staff(corp_pk=app.corp_id, userids=list(corp.members))
    group = next(iter(corp.tag_groups.values()))
    tag_group = TagGroup.objects.create(
        corp=app.corp, wecom_id=group.group_id, name=group.group_name
    )
    first = next(iter(group.tags.values()))
    tag = Tag.objects.create(corp=app.corp, group=tag_group, wecom_id=first.id, name=first.name)
    spec = ChannelCodeSpec(
        app=app,
        name="门店活码",
        state=STATE,
        staff=list(Staff.objects.filter(pk__in=numbers.values()).order_by("id")),
        tags=[tag],
        text="{客户}你好，我是{员工}，送你一份《七天换粮表》。",
        material=Material.objects.order_by("id").first(),
        remark_template="门店-{客户}",
        task_title="新客首次问候",
        task_body="问问毛孩子的品种和年龄。",
        task_delay_minutes=0,
    )
    return create_channel_code(spec, now=clock.now())


if __name__ == "__main__":
    if wait_for_go():
        code = make_code()
        answer({"state": code.state, "config_id": code.config_id, "error": code.last_error})
