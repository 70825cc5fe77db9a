"""The event XML of callbacks, and which apps get a copy (wecom-api §25)."""

from __future__ import annotations

from sandbox.entities import App, AppKind, GroupChat
from sandbox.simulator import Simulator
from sandbox.state import Corp
from sandbox.visibility import in_range


class Markup(str):
    """XML that is inserted as it is."""

    __slots__ = ()


Value = str | int | list[str]


def event_xml(  # the parts of one envelope
    corp_id: str,
    sender: str,
    created_at: int,
    event: str,
    fields: dict[str, Value],
) -> str:
    """Return the plain XML of one event; numbers stand bare, texts in CDATA, lists as items."""
    parts = [
        f"<xml><ToUserName><![CDATA[{corp_id}]]></ToUserName>",
        f"<FromUserName><![CDATA[{sender}]]></FromUserName>",
        f"<CreateTime>{created_at}</CreateTime><MsgType><![CDATA[event]]></MsgType>",
        f"<Event><![CDATA[{event}]]></Event>",
    ]
    parts += [_element(name, value) for name, value in fields.items()]
    return "".join(parts) + "</xml>"


def _element(name: str, value: Value) -> str:
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    if isinstance(value, list):
        inner = "".join(f"<Item>{cdata(item)}</Item>" for item in value)
        return f"<{name}>{inner}</{name}>"
    inner = value if isinstance(value, Markup) else cdata(value)
    return f"<{name}>{inner}</{name}>"


def cdata(text: str) -> str:
    """Return a text as an XML CDATA section."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _send(sim: Simulator, corp: Corp, app: App, event: str, fields: dict[str, Value]) -> None:
    sender = str(fields.pop("FromUserName", "sys"))
    plain = event_xml(corp.corp_id, sender, sim.world.clock.seconds(), event, fields)
    sim.callbacks.put(corp.corp_id, app, event, str(fields.get("ChangeType", "")), plain)


def _customer_apps(corp: Corp, userid: str = "") -> list[App]:
    member = corp.members.get(userid)
    return [
        app
        for app in corp.apps.values()
        if app.kind is AppKind.SELF_BUILT
        and app.customer_events
        and "customer" in app.callable_apps
        and (member is None or in_range(corp, app, member))
    ]


def customer_event(
    sim: Simulator,
    corp: Corp,
    change_type: str,
    userid: str,
    external_userid: str,
    **extra: str,
) -> None:
    """Tell the apps of a change between a member and a customer; empty extras are left out."""
    fields: dict[str, Value] = {"ChangeType": change_type}
    if "FailReason" in extra:
        fields["FailReason"] = extra.pop("FailReason")
    fields |= {"UserID": userid, "ExternalUserID": external_userid}
    fields |= {name: value for name, value in extra.items() if value}
    for app in _customer_apps(corp, userid):
        _send(sim, corp, app, "change_external_contact", dict(fields))


def chat_event(
    sim: Simulator, corp: Corp, chat: GroupChat, change_type: str, **extra: Value
) -> None:
    """Tell the apps of a change of a customer group."""
    fields: dict[str, Value] = {"ChatId": chat.chat_id, "ChangeType": change_type, **extra}
    for app in _customer_apps(corp, chat.owner):
        _send(sim, corp, app, "change_external_chat", dict(fields))


def tag_event(sim: Simulator, corp: Corp, change_type: str, tag_type: str, tag_id: str) -> None:
    """Tell the apps of a change of the corp tags made in the client or console."""
    fields: dict[str, Value] = {"Id": tag_id, "TagType": tag_type, "ChangeType": change_type}
    for app in _customer_apps(corp):
        _send(sim, corp, app, "change_external_tag", dict(fields))


def contact_event(sim: Simulator, corp: Corp, change_type: str, **fields: Value) -> None:
    """Tell the contacts receiver of a change of members or departments."""
    for app in corp.apps.values():
        if app.contact_events:
            _send(sim, corp, app, "change_contact", {"ChangeType": change_type, **fields})


def app_event(
    sim: Simulator, corp: Corp, app: App, event: str, userid: str, **fields: Value
) -> None:
    """Tell one app what a member did with it, a card click for instance."""
    _send(sim, corp, app, event, {"FromUserName": userid, **fields, "AgentID": app.agent_id})


def acquisition_event(sim: Simulator, corp: Corp, change_type: str, **fields: str) -> None:
    """Tell the apps of an event of customer acquisition links (获客助手)."""
    for app in _customer_apps(corp):
        if "acquisition" in app.callable_apps:
            _send(sim, corp, app, "customer_acquisition", {"ChangeType": change_type, **fields})
