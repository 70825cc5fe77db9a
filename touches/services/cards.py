"""Messages to staff (员工消息): request bodies of `message/send`, wecom-api §20."""

from typing import Any, Final

from django.utils.translation import gettext as _

DUPLICATE_CHECK_SECONDS: Final = 1_800
DONE: Final = "done"
LATER: Final = "later"
# Stands for the customer's name in a body; filled in when the call is claimed for the first time.
CUSTOMER_NAME: Final = "{客户}"
MAX_TEXT_BYTES: Final = 2_048
MAX_TITLE_CHARACTERS: Final = 36
MAX_LINE_CHARACTERS: Final = 120
MAX_VALUE_CHARACTERS: Final = 26
MAX_LINES: Final = 6


def task_card(
    *,
    userid: str,
    agent_id: int,
    title: str,
    body: str,
    facts: dict[str, str],
    material: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Build a task card (任务卡片) with the buttons 已联系 and 稍后.

    The card's `task_id` is the touch's number, filled in when the touch is planned.

    Args:
        facts: Up to six short lines, such as 客户 and 渠道; five beside a material.
        material: Title and tracked link of what is to be sent along.
    """
    lines: list[dict[str, Any]] = [
        {"keyname": name, "value": value[:MAX_VALUE_CHARACTERS]} for name, value in facts.items()
    ]
    if material is not None:
        name, url = material
        value = name[:MAX_VALUE_CHARACTERS]
        lines.insert(MAX_LINES - 1, {"keyname": _("素材"), "value": value, "type": 1, "url": url})
    return _message(userid, agent_id) | {
        "msgtype": "template_card",
        "template_card": {
            "card_type": "button_interaction",
            "source": {"desc": _("跟进任务"), "desc_color": 0},
            "main_title": {"title": title[:MAX_TITLE_CHARACTERS]},
            "sub_title_text": body[:MAX_LINE_CHARACTERS],
            "horizontal_content_list": lines[:MAX_LINES],
            "button_list": [
                {"text": _("已联系"), "style": 1, "key": DONE},
                {"text": _("稍后"), "style": 2, "key": LATER},
            ],
            "task_id": "",
        },
    }


def text_card(
    *, userid: str, agent_id: int, title: str, description: str, url: str
) -> dict[str, Any]:
    """Build a text card (文本卡片) that leads to one of our pages."""
    return _message(userid, agent_id) | {
        "msgtype": "textcard",
        "textcard": {
            "title": title[:128],
            "description": description[:500] or title[:128],
            "url": url,
            "btntxt": _("查看"),
        },
    }


def text_message(*, userid: str, agent_id: int, content: str) -> dict[str, Any]:
    """Build a plain text; what is longer than 2,048 bytes WeCom would cut in mid-character."""
    text = content.encode()[:MAX_TEXT_BYTES].decode(errors="ignore")
    return _message(userid, agent_id) | {"msgtype": "text", "text": {"content": text}}


def card_update(
    *, userid: str, agent_id: int, response_code: str, replace_name: str
) -> dict[str, Any]:
    """Build the replacement of a clicked card's buttons by one word, wecom-api §20.2."""
    return {
        "userids": [userid],
        "agentid": agent_id,
        "response_code": response_code,
        "button": {"replace_name": replace_name},
    }


def _message(userid: str, agent_id: int) -> dict[str, Any]:
    """Return what every message has; the duplicate check is what makes a repetition safe."""
    return {
        "touser": userid,
        "agentid": agent_id,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": DUPLICATE_CHECK_SECONDS,
    }
