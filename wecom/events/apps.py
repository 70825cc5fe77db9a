"""Events of the app itself, of cards, archive, 微信客服 and permissions, wecom-api §25.12."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from wecom.events.base import Event
from wecom.events.fields import Fields, Maybe, MaybeMoment, MaybeNumber, Text


@dataclass(frozen=True, slots=True)
class SelectedItem:
    """What was chosen under one question of a card."""

    question_key: str
    option_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selections:
    """Reader of `<SelectedItems>`; absent means empty."""

    name: str

    def read(self, fields: Fields) -> tuple[SelectedItem, ...]:
        """Return the chosen options by question."""
        parent = fields.element(self.name)
        if parent is None:
            return ()
        return tuple(
            SelectedItem(
                question_key=(item.findtext("QuestionKey") or "").strip(),
                option_ids=tuple(
                    (option.text or "").strip() for option in item.findall("OptionIds/OptionId")
                ),
            )
            for item in parent.findall("SelectedItem")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEvent(Event):
    """A member used a template card (模板卡片); `from_user` is the member."""

    event_key: Annotated[str, Maybe("EventKey")]
    task_id: Annotated[str, Text("TaskId")]
    card_type: Annotated[str, Maybe("CardType")]
    response_code: Annotated[str, Maybe("ResponseCode")]
    agent_id: Annotated[int | None, MaybeNumber("AgentID")]

    @property
    def userid(self) -> str:
        """The member who clicked."""
        return self.from_user


@dataclass(frozen=True, slots=True, kw_only=True)
class CardClicked(CardEvent):
    """A button was pressed or a form submitted; the response code works once, for 72 h."""

    KIND: ClassVar[str] = "template_card_event"

    selected: Annotated[tuple[SelectedItem, ...], Selections("SelectedItems")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardMenuClicked(CardEvent):
    """An entry of the card's action menu was chosen."""

    KIND: ClassVar[str] = "template_card_menu_event"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppEvent(Event):
    """A member and the app; `from_user` is the member."""

    event_key: Annotated[str, Maybe("EventKey")]
    agent_id: Annotated[int | None, MaybeNumber("AgentID")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppEntered(AppEvent):
    """A member opened the app (进入应用)."""

    KIND: ClassVar[str] = "enter_agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSubscribed(AppEvent):
    """A member came into the app's range (关注)."""

    KIND: ClassVar[str] = "subscribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppUnsubscribed(AppEvent):
    """A member left the app's range (取消关注)."""

    KIND: ClassVar[str] = "unsubscribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuClicked(AppEvent):
    """A menu entry of the app was clicked (点击菜单)."""

    KIND: ClassVar[str] = "click"


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuLinkOpened(AppEvent):
    """A menu entry with a link was opened (菜单跳转)."""

    KIND: ClassVar[str] = "view"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationReported(AppEvent):
    """The app was told where a member is (上报地理位置); the place itself is not kept."""

    KIND: ClassVar[str] = "LOCATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJobDone(AppEvent):
    """An asynchronous contacts job has ended (异步任务完成)."""

    KIND: ClassVar[str] = "batch_job_result"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAppChanged(AppEvent):
    """An app shared with other corps changed (共享应用变更)."""

    KIND: ClassVar[str] = "share_agent_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveHint(Event):
    """There are new archived messages to pull (会话存档); at most once in 15 s."""

    KIND: ClassVar[str] = "msgaudit_notify"

    agent_id: Annotated[int | None, MaybeNumber("AgentID")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceMessageHint(Event):
    """There are new 微信客服 messages to pull; the token lives 10 min."""

    KIND: ClassVar[str] = "kf_msg_or_event"

    sync_token: Annotated[str, Text("Token")]
    open_kfid: Annotated[str, Text("OpenKfId")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRightsChanged(Event):
    """The 微信客服 accounts given to the app changed."""

    KIND: ClassVar[str] = "kf_account_auth_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsEvent(Event):
    """The app's rights are about to change or have changed (权限生命周期): alert operators."""

    effective_at: Annotated[datetime | None, MaybeMoment("EffectTime")]


@dataclass(frozen=True, slots=True, kw_only=True)
class InactiveWarned(RightsEvent):
    """Rights will be withdrawn because the app is not used."""

    KIND: ClassVar[str] = "inactive_alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class InactiveClosed(RightsEvent):
    """Rights were withdrawn because the app is not used."""

    KIND: ClassVar[str] = "close_inactive_agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class InactiveReopened(RightsEvent):
    """Rights came back."""

    KIND: ClassVar[str] = "reopen_inactive_agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class LowActivityWarned(RightsEvent):
    """Rights will be cut because few members are active."""

    KIND: ClassVar[str] = "low_active_alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class LowActivity(RightsEvent):
    """Rights were cut because few members are active."""

    KIND: ClassVar[str] = "low_active"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRestored(RightsEvent):
    """Rights are whole again."""

    KIND: ClassVar[str] = "active_restored"


EVENTS: tuple[type[Event], ...] = (
    CardClicked, CardMenuClicked, AppEntered, AppSubscribed, AppUnsubscribed, MenuClicked,
    MenuLinkOpened, LocationReported, BatchJobDone, SharedAppChanged, ArchiveHint,
    ServiceMessageHint, ServiceRightsChanged, InactiveWarned, InactiveClosed, InactiveReopened,
    LowActivityWarned, LowActivity, ActivityRestored,
)  # fmt: skip
