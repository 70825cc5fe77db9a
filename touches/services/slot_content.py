"""What a planned touch says (触达内容), read from its JSON without trusting it."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from touches.models import Touch
from touches.services.cards import CUSTOMER_NAME
from touches.services.tasks_for_staff import NO_APP

MAX_TEXT_BYTES: Final = 4_000


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a touch: a text for all (M) or a task's body and facts (T).

    Attributes:
        fault: Why it cannot be sent as it is; '' = it can.
    """

    text: str = ""
    facts: tuple[tuple[str, str], ...] = field(default=())
    material_id: int | None = None
    fault: str = ""

    def obstacle(self, *, has_left: bool, has_sender: bool, readable: Collection[int]) -> str:
        """Say what makes sending impossible, whatever the budgets say; '' = nothing."""
        if has_left:
            return "员工已离职"
        if not has_sender:
            return NO_APP
        if self.material_id is not None and self.material_id not in readable:
            return "素材不存在或未发布"
        return self.fault


def read_content(lane: str, text: str) -> Content:
    """Read the content of a touch in lane M or T; whatever is wrong with it is its fault."""
    try:
        values = json.loads(text)
        return _mass(values) if lane == Touch.Lane.MASS else _task(values)
    except (ValueError, TypeError, AttributeError):
        return Content(fault="内容格式有误")


def _mass(values: dict[str, Any]) -> Content:
    content = Content(text=_text(values.get("text", "")), material_id=_number(values))
    fault = ""
    if not content.text and content.material_id is None:
        fault = "内容为空"
    elif CUSTOMER_NAME in content.text:
        # One text goes to all of them: one customer's name would be told to the others.
        fault = f"群发内容不能含变量 {CUSTOMER_NAME}"
    elif len(content.text.encode()) > MAX_TEXT_BYTES:
        fault = f"群发文字超过 {MAX_TEXT_BYTES} 字节"
    return Content(text=content.text, material_id=content.material_id, fault=fault)


def _task(values: dict[str, Any]) -> Content:
    facts = tuple((_text(name), _text(value)) for name, value in values.get("facts", []))
    return Content(text=_text(values.get("body", "")), facts=facts, material_id=_number(values))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(values: dict[str, Any]) -> int | None:
    number = values.get("material_id")
    if number is not None and not isinstance(number, int):
        raise TypeError(number)
    return number
