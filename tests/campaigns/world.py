"""A company with one channel code, and the callbacks of its new friends."""

import hashlib
from datetime import datetime, timedelta

from campaigns.models import ChannelCode
from tests.makers import CORP_ID, NOW, make_app, make_staff
from wecom.events import parse_event
from wecom.models import App, CallbackReceipt

ADD = "add_external_contact"
HALF = "add_half_external_contact"


def make_code(app: App | None = None, state: str = "A01", **over: object) -> ChannelCode:
    """Make a channel code led to by zhangsan, as if WeCom had it."""
    app = app or App.objects.first() or make_app()
    values: dict[str, object] = {
        "name": "门店 A01",
        "text": "{客户}, 您好, 我是{员工}",
        "config_id": f"config-{state}",
        "qr_code_url": f"https://wework.qpic.cn/{state}",
        "is_in_step": True,
        "created_at": NOW,
    }
    code = ChannelCode.objects.create(corp=app.corp, app=app, state=state, **(values | over))
    member = app.corp.staff.filter(userid="zhangsan").first() or make_staff("zhangsan", app.corp)
    code.staff.add(member)
    return code


def add_xml(
    external: str,
    *,
    change: str = ADD,
    state: str = "A01",
    welcome_code: str = "CODE-1",
    userid: str = "zhangsan",
    at: datetime = NOW,
) -> bytes:
    """Write the callback of a new friend, wecom-api §25.7."""
    return (
        f"<xml><ToUserName>{CORP_ID}</ToUserName><FromUserName>sys</FromUserName>"
        f"<CreateTime>{int(at.timestamp())}</CreateTime><MsgType>event</MsgType>"
        "<Event>change_external_contact</Event>"
        f"<ChangeType>{change}</ChangeType><UserID>{userid}</UserID>"
        f"<ExternalUserID>{external}</ExternalUserID><State>{state}</State>"
        f"<WelcomeCode>{welcome_code}</WelcomeCode></xml>"
    ).encode()


def receive(xml: bytes, app: App | None = None, *, now: datetime = NOW) -> CallbackReceipt:
    """Keep a callback as the door does; the same bytes through one app are one receipt."""
    app = app or App.objects.order_by("id")[0]
    event = parse_event(xml)
    receipt, _created = CallbackReceipt.objects.get_or_create(
        corp=app.corp,
        app=app,
        digest=hashlib.sha256(xml).digest(),
        defaults={
            "body": xml,
            "event_kind": event.kind,
            "subject_id": event.subject_id,
            "event_at": event.occurred_at,
            "received_at": now,
            "welcome_state": "new",
            "welcome_deadline_at": event.occurred_at + timedelta(seconds=20),
            "next_attempt_at": now,
        },
    )
    return receipt
