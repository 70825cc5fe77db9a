"""Words that get a company into trouble are told, ordinary ones are not."""

import pytest

from content.lint import Finding, Trouble, lint_text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("这是全网最好的猫粮", [("absolute", "最好")]),
        ("销量第一, 顶级配方", [("absolute", "销量第一"), ("absolute", "顶级")]),
        ("四周治愈软便, 增强免疫力", [("medical", "治愈"), ("medical", "增强免疫力")]),
        ("转发朋友圈领试吃装", [("sharing", "转发朋友圈领")]),
        ("邀请 3 位好友免费领", [("sharing", "邀请 3 位好友免费领")]),
        ("集赞 20 个", [("sharing", "集赞")]),
        ("最近换粮了吗? 最多等三天, 最后一步, 第一步先量体重, 第一次打招呼", []),
        ("第 1–2 天新粮 25 %, 第 7 天 100 % 新粮", []),
        ("分享一个换粮心得", []),
    ],
)
def test_claims_and_forced_sharing_are_found(text: str, found: list[tuple[str, str]]):
    assert [(one.trouble.value, one.word) for one in lint_text(text)] == found


def test_a_word_is_told_once_with_what_stands_around_it():
    assert lint_text("前一行\n我们的粮是最好的, 真的最好\n后一行") == [
        Finding(Trouble.ABSOLUTE, "最好", "我们的粮是", "的, 真的最好")
    ]
