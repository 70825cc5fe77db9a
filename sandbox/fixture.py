"""The two small worlds: a bare corp, and the corp that the examples of the API contract use."""

from __future__ import annotations

from sandbox.state import (
    App,
    AppKind,
    Corp,
    Customer,
    Department,
    GroupChat,
    GroupMember,
    Member,
    Relation,
    RelationKind,
    Tag,
    TagGroup,
    World,
)

CORP_ID = "ww1234567890abcdef"
CREATED_AT = 1_767_225_600


def callback_url(callback_base: str, corp_id: str, slug: str) -> str:
    """Return the receiver address of an app, empty when there is no receiver."""
    if not callback_base:
        return ""
    return f"{callback_base.rstrip('/')}/wecom/callback/{corp_id}/{slug}"


def base_corp(world: World, *, callback_base: str = "", name: str = "示例零售") -> Corp:
    """Add the fixture corp with its apps and root department, and nobody in it."""
    corp = world.put_corp(Corp(CORP_ID, name))
    corp.put_department(Department(1, name))
    corp.put_app(
        App(
            slug="scrm",
            agent_id=1_000_002,
            secret="sandbox-secret-scrm",  # noqa: S106  # a public fixture
            token="scrmTestToken01",  # noqa: S106  # a public fixture
            aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
            name="SCRM",
            callback_url=callback_url(callback_base, CORP_ID, "scrm"),
            callable_apps=["customer", "acquisition", "pay"],
        )
    )
    corp.put_app(
        App(
            slug="contacts",
            agent_id=0,
            secret="sandbox-secret-contacts",  # noqa: S106  # a public fixture
            token="contactsToken01",  # noqa: S106  # a public fixture
            aes_key="0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
            name="通讯录同步",
            kind=AppKind.CONTACTS,
            callback_url=callback_url(callback_base, CORP_ID, "contacts"),
            callable_apps=[],
            customer_events=False,
            contact_events=True,
        )
    )
    return corp


def empty_world(*, seed: int = 1, callback_base: str = "") -> World:
    """Return a world with one corp, its apps, and nobody in it."""
    world = World(seed=seed)
    base_corp(world, callback_base=callback_base)
    return world


def fixture_world(*, seed: int = 1, callback_base: str = "") -> World:
    """Return the world of the API examples: zhangsan, lisi, wangwu and three customers."""
    world = World(seed=seed)
    corp = base_corp(world, callback_base=callback_base)
    corp.put_department(Department(2, "华东区", parentid=1, department_leader=["lisi"]))
    corp.put_department(Department(3, "客服部", parentid=1))
    _put_members(corp)
    _put_tags(corp)
    _put_customers(corp)
    _put_group(corp)
    return world


def _put_members(corp: Corp) -> None:
    rows: tuple[tuple[str, str, int, str, list[str], int], ...] = (
        ("zhangsan", "张三", 2, "导购", ["lisi"], 0),
        ("lisi", "李四", 2, "店长", [], 1),
        ("wangwu", "王五", 3, "客服", [], 0),
    )
    for number, (userid, name, department, position, leader, is_leader) in enumerate(rows, 1):
        corp.put_member(
            Member(
                userid,
                name,
                department=[department],
                position=position,
                mobile=f"1380000000{number}",
                gender="1",
                email=f"{userid}@example.com",
                direct_leader=leader,
                is_leader_in_dept=[is_leader],
                open_userid=f"woTESTopen{number:024d}",
                external_position="门店顾问",
            )
        )


def _put_tags(corp: Corp) -> None:
    tags = {
        f"etTESTtag{number:023d}": Tag(
            f"etTESTtag{number:023d}", name, CREATED_AT, order, owner="scrm"
        )
        for number, (name, order) in enumerate((("VIP", 2), ("普通", 1)), 1)
    }
    corp.put_tag_group(
        TagGroup("etTESTgroup000000000000000000001", "客户等级", CREATED_AT, 1, "scrm", tags=tags)
    )
    console = Tag("etTESTtag00000000000000000000003", "后台标签", CREATED_AT)
    corp.put_tag_group(
        TagGroup(
            "etTESTgroup000000000000000000002",
            "后台标签组",
            CREATED_AT,
            tags={console.id: console},
        )
    )


def _put_customers(corp: Corp) -> None:
    for number, name in enumerate(("小林", "小陈", "小周"), 1):
        corp.put_customer(
            Customer(
                f"wmTESTexternal{number:018d}",
                name,
                handle=f"c-{number:04d}",
                avatar=f"https://wx.qlogo.example/a{number}",
                unionid=f"ozTESTunionid{number:016d}",
                openid=f"oTESTopenid{number:017d}",
                mobile=f"1390000000{number}",
            )
        )
    first, second, third = corp.customers
    corp.put_relation(
        Relation(
            "zhangsan",
            first,
            remark="林女士-A01",
            description="2026-01 到店",
            remark_mobiles=["13900000001"],
            tags=["etTESTtag00000000000000000000001"],
            personal_tags=["我的标签"],
            createtime=CREATED_AT,
            add_way=10,
            state="A01",
            oper_userid=first,
            last_talk_at=CREATED_AT + 60,
        )
    )
    corp.put_relation(
        Relation("lisi", first, createtime=CREATED_AT + 100, oper_userid="lisi", add_way=2)
    )
    corp.put_relation(Relation("zhangsan", second, createtime=CREATED_AT + 200, oper_userid=second))
    corp.put_relation(
        Relation(
            "lisi",
            third,
            kind=RelationKind.CUSTOMER_DELETED,
            createtime=CREATED_AT + 300,
            oper_userid=third,
        )
    )


def _put_group(corp: Corp) -> None:
    first = next(iter(corp.customers.values()))
    corp.group_chats["wrTESTgroup000000000000000000001"] = GroupChat(
        "wrTESTgroup000000000000000000001",
        "A01 福利群",
        "zhangsan",
        create_time=CREATED_AT,
        notice="每晚 8 点直播",
        admins=["lisi"],
        members={
            "zhangsan": GroupMember("zhangsan", 1, CREATED_AT, 1, invitor="zhangsan", name="张三"),
            first.external_userid: GroupMember(
                first.external_userid,
                2,
                CREATED_AT + 100,
                3,
                state="G01",
                name=first.name,
                unionid=first.unionid,
            ),
        },
    )
