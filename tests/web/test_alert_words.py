"""An alert is said in the reader's language, out of what its row keeps."""

import pytest
from django.utils import translation

from org.models import Alert
from scrm.web.alert_words import alert_words

READ = {"name": "小林", "title": "换粮指南", "reason": "first_open", "total_seconds": 0}


def made(kind: str, **detail: object) -> Alert:
    return Alert(kind=kind, title="老标题", body="老内容", detail=detail)


@pytest.mark.parametrize(
    ("alert", "title", "body"),
    [
        (made("read", **READ), "小林 opened your material", "“换粮指南”"),
        (made("new_friend", name="小林"), "New friend: 小林", "老内容"),
        (made("new_friend", name=""), "New friend: A customer", "老内容"),
        (made("high_intent", name="小林", reason="odd"), "High intent: 小林", "老内容"),
        (made("read"), "老标题", "老内容"),
    ],
)
def test_in_english(alert: Alert, title: str, body: str):
    with translation.override("en"):
        words = alert_words(alert)
    assert (words.title, words.body) == (title, body)


def test_a_long_reading_says_how_long():
    words = alert_words(
        made("high_intent", name="小林", title="换粮指南", reason="read_long", total_seconds=75)
    )

    assert (words.title, words.body) == ("高意向：小林", "《换粮指南》已阅读 75 秒")
