"""What an author types into a block is markup and nothing else, there and back."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from content.blocks import Block, Span, read_blocks
from content.editing import (
    KINDS,
    EditBlock,
    add_block,
    change_kind,
    move_block,
    read_body,
    remove_block,
    write_body,
)
from tests.content.makers import BODY

CODE = "Ab0_-" * 4 + "xy"
A, B, C = EditBlock(text="a"), EditBlock(text="b"), EditBlock(text="c")


def test_a_picture_and_a_link_are_blocks_of_their_own():
    body = f"前言\n\n![换粮前后](picture:{CODE})\n[到店地址](https://example.com/a?b=1)\n后记"
    assert read_blocks(body) == [
        Block("paragraph", lines=((Span("前言"),),)),
        Block("picture", lines=((Span("换粮前后"),),), target=CODE),
        Block("link", lines=((Span("到店地址"),),), target="https://example.com/a?b=1"),
        Block("paragraph", lines=((Span("后记"),),)),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "[点我](javascript:alert(1))",
        "[点我](http://example.com)",
        "[点我](//example.com)",
        "[点我](https://example.com/ x)",
        '[点我](https://example.com/"onclick)',
        "![x](picture:../../etc)",
        "![x](https://example.com/a.jpg)",
    ],
)
def test_what_is_no_https_address_stays_text(line: str):
    assert [block.kind for block in read_blocks(line)] == ["paragraph"]


def test_an_article_survives_the_editor():
    assert read_blocks(write_body(read_body(BODY))) == read_blocks(BODY)


def test_each_kind_is_written_as_it_is_read():
    blocks = [
        EditBlock("heading", "第一步"),
        EditBlock("subheading", "小标题"),
        EditBlock("paragraph", "一行\n两行"),
        EditBlock("list", "甲\n乙"),
        EditBlock("ordered", "先\n后"),
        EditBlock("quote", "引用"),
        EditBlock("table", "天 | 新粮\n1 | 25%"),
        EditBlock("rule"),
        EditBlock("picture", "说明", CODE),
        EditBlock("link", "商城", "https://example.com/"),
    ]
    assert {block.kind for block in blocks} == set(KINDS)
    assert read_body(write_body(blocks)) == blocks


@pytest.mark.parametrize(
    ("block", "body"),
    [
        (EditBlock("heading", "两\n行"), "## 两 行"),
        (EditBlock("heading", "  "), ""),
        (EditBlock("paragraph", "\n\n"), ""),
        (EditBlock("picture", "没有图", ""), ""),
        (EditBlock("picture", "坏", "../x"), ""),
        (EditBlock("link", "坏", "javascript:1"), ""),
        (
            EditBlock("link", "", "https://example.com/"),
            "[https://example.com/](https://example.com/)",
        ),
        (EditBlock("link", "a](b", "https://example.com/"), "[a）（b](https://example.com/)"),
        (EditBlock("nonsense", "x"), "x"),
    ],
)
def test_odd_blocks_become_what_they_can_be(block: EditBlock, body: str):
    assert write_body([block]) == body


@example([EditBlock("paragraph", "|")])
@example([EditBlock("table", "|-|:-:|")])
@given(
    st.lists(
        st.builds(
            EditBlock,
            kind=st.sampled_from(KINDS),
            text=st.text(max_size=30),
            target=st.one_of(st.just(CODE), st.just("https://example.com/"), st.text(max_size=20)),
        ),
        max_size=6,
    )
)
def test_whatever_is_typed_the_second_reading_changes_nothing(blocks: list[EditBlock]):
    once = write_body(blocks)
    again = write_body(read_body(once))
    assert read_blocks(again) == read_blocks(once)
    assert all(
        block.target.startswith("https://") for block in read_blocks(once) if block.kind == "link"
    )


def test_blocks_are_added_moved_changed_and_removed():
    assert add_block([A, B], "heading", at=1) == [A, EditBlock("heading"), B]
    assert add_block([A], "nonsense", at=0) == [A]
    assert add_block([A], "rule", at=99) == [A, EditBlock("rule")]
    assert move_block([A, B, C], at=0, to=2) == [B, C, A]
    assert move_block([A, B], at=0, to=-1) == [A, B]
    assert change_kind([A, B], "quote", at=1) == [A, EditBlock("quote", "b")]
    assert change_kind([A], "nonsense", at=0) == [A]
    assert remove_block([A, B], at=0) == [B]
    assert remove_block([A], at=7) == [A]


def test_an_article_has_an_end():
    assert len(add_block([A] * 200, "heading", at=0)) == 200
