"""Alerts in the reader's words (提醒文案): rows keep what happened, pages say it their way.

The row's own title and body are what went to the staff member in WeCom, in the company's language.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from org.models import Alert


@dataclass(frozen=True, slots=True)
class AlertWords:
    """One alert as it is shown."""

    title: str
    body: str


def alert_words(alert: Alert) -> AlertWords:
    """Put an alert into words; one that does not say of whom it is keeps its own."""
    told = alert.detail
    if "name" not in told:
        return AlertWords(alert.title, alert.body)
    name = told["name"] or _("一位客户")
    if alert.kind == Alert.Kind.NEW_FRIEND:
        return AlertWords(_("新好友：{name}").format(name=name), alert.body)
    if alert.kind == Alert.Kind.READ:
        return AlertWords(_("{name} 打开了你的素材").format(name=name), _reading(alert))
    return AlertWords(_("高意向：{name}").format(name=name), _reading(alert))


def _reading(alert: Alert) -> str:
    told = alert.detail
    words = {
        "first_open": _("《{title}》"),
        "opened_again": _("《{title}》24 小时内再次打开"),
        "read_long": _("《{title}》已阅读 {seconds} 秒"),
    }.get(told.get("reason", ""))
    if words is None or "title" not in told:
        return alert.body
    return words.format(title=told["title"], seconds=told.get("total_seconds", 0))
