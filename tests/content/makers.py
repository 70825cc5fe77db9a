"""People, links and visits for the tests of tracked links."""

from datetime import UTC, datetime, timedelta
from typing import Any

from content.models import Material, TrackedLink, Visit
from content.services.links import LinkSpec, create_link
from content.services.materials import ArticleText, publish_article
from content.services.readers import Reader, customer_reader
from content.services.visits import open_visit
from customers.models import Customer, Follow, Identity
from org.models import Staff
from wecom.models import Corp

CORP_ID = "ww1234567890abcdef"
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49(0x18003137) NetType/WIFI"
)
BODY = """七天里慢慢换。

## 第一步

- 先掺 **四分之一**
- 看便便

| 天 | 新粮 |
|---|---|
| 1–2 | 25% |
"""


def after(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def make_corp(corp_id: str = CORP_ID) -> Corp:
    """Connect the company."""
    return Corp.objects.get_or_create(corp_id=corp_id, defaults={"name": "团绒宠物"})[0]


def make_staff(userid: str = "zhangsan", **over: Any) -> Staff:
    """Hire somebody."""
    return Staff.objects.create(
        **{"corp": make_corp(), "userid": userid, "userid_folded": userid, "name": "张珊"} | over
    )


def make_customer(external_userid: str = "wmTEST1", name: str = "小林") -> Identity:
    """Return the WeCom identity of a new customer with a name."""
    customer_reader(corp_id=CORP_ID, external_userid=external_userid, now=NOON)
    identity = Identity.objects.get(value=external_userid)
    Customer.objects.filter(pk=identity.customer_id).update(name=name)
    return identity


def befriend(staff: Staff, identity: Identity, *, days_ago: int = 1) -> Follow:
    """Make them friends in WeCom."""
    return Follow.objects.create(
        staff=staff,
        identity=identity,
        status=Follow.Status.FRIEND,
        is_listed=True,
        added_at=NOON - timedelta(days=days_ago),
    )


def make_article(**over: Any) -> Material:
    """Publish an article."""
    return publish_article(ArticleText(**{"title": "7 天换粮表", "body": BODY} | over), now=NOON)


def make_link(material: Material | None = None, **over: Any) -> TrackedLink:
    """Make a link to an article."""
    article = material or make_article()
    fields = {"material_id": article.pk, "corp_id": make_corp().pk} | over
    return create_link(LinkSpec(**fields), now=NOON)


def reader_of(identity: Identity) -> Reader:
    """The customer as WeCom's OAuth names them."""
    return Reader(kind="customer", identity_id=identity.pk)


def opened(link: TrackedLink, identity: Identity, *, at: datetime = NOON) -> Visit:
    """The customer opens the link in WeChat."""
    return open_visit(link=link, reader=reader_of(identity), user_agent=WECHAT, now=at)
