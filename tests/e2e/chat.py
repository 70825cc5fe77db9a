"""A guide with a chat in the sandbox's fixture world, for browser tests of the phone pages."""

from dataclasses import dataclass
from datetime import timedelta

from common import clock
from content.models import Material, TrackedLink
from content.services.links import LinkSpec, create_link
from content.services.materials import ArticleText, publish_article
from content.services.readers import Reader
from content.services.scripts import ScriptText, save_script
from content.services.visits import open_visit
from customers.models import Customer, Follow, GroupChat, Membership, Tag, TagGroup
from org.models import Staff, User
from tests.api.people import follow
from tests.makers import make_app, make_person, make_staff, make_user
from tests.sidebar.desk import make_journey_task, make_task

# A customer of zhangsan's in the sandbox.
CONTACT = "wmTESTexternal000000000000000001"
GROUP = "wrTESTgroup"
PHONE = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 MicroMessenger/8.0.49"


@dataclass(frozen=True)
class Chat:
    """Whose sidebar it is, with whom they talk, and what there is to send."""

    staff: Staff
    user: User
    customer: Customer
    relation: Follow
    article: Material

    @property
    def single(self) -> dict[str, str]:
        """What the client answers in this chat."""
        return {"entry": "single_chat_tools", "contact": CONTACT}


def make_chat() -> Chat:
    """A chat with tasks, scripts, materials, tags and a group."""
    now = clock.now()
    app = make_app()
    staff = make_staff("zhangsan", app.corp)
    person = make_person(CONTACT, app.corp)
    Customer.objects.filter(pk=person.customer_id).update(name="小林")
    customer = Customer.objects.get(pk=person.customer_id)
    relation = follow(staff, customer)
    due = {"due_at": now - timedelta(minutes=5), "valid_until": now + timedelta(hours=9)}
    make_journey_task(relation, "{客户}你好，家里是猫还是狗呀？", **due)
    make_task(relation, title="门店回访", priority=30, **due)
    article = publish_article(
        ArticleText(
            title="7 天换粮表", summary="每天新旧粮各放多少。", body="正文", is_high_intent=True
        ),
        now=now,
    )
    save_script(ScriptText("开场", "欢迎新朋友", "{客户}你好，我是{员工}。"), now=now)
    save_script(ScriptText("答疑", "软便怎么办", "先退回旧粮两天。"), now=now)
    tags = TagGroup.objects.create(corp=app.corp, name="宠物", wecom_id="g1")
    for number, name in enumerate(("猫", "狗")):
        Tag.objects.create(corp=app.corp, group=tags, name=name, wecom_id=f"t{number}")
    group = GroupChat.objects.create(corp=app.corp, chat_id=GROUP, name="宠友群", owner=staff)
    Membership.objects.create(
        group=group, member_userid=CONTACT, identity_id=person.identity_id, joined_at=now
    )
    return Chat(staff, make_user("guide", User.Role.STAFF, staff), customer, relation, article)


def open_link_of(chat: Chat, *, batch: str = "") -> TrackedLink:
    """Make a link as the sidebar does."""
    spec = LinkSpec(
        material_id=chat.article.pk,
        corp_id=chat.staff.corp_id,
        staff_id=chat.staff.pk,
        batch=batch,
        identity_id=chat.relation.identity_id,
    )
    return create_link(spec, now=clock.now())


def read(chat: Chat, link: TrackedLink) -> str:
    """The customer opens a link on their phone; returns the key of the event."""
    reader = Reader(kind="customer", identity_id=chat.relation.identity_id)
    visit = open_visit(link=link, reader=reader, user_agent=PHONE, now=clock.now())
    return f"link_opened:{visit.uuid}"
