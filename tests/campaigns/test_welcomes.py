"""Welcomes are written within WeCom's limits."""

from datetime import time

import pytest

from campaigns.errors import BadWelcome
from campaigns.models import DefaultWelcome, WelcomeVariant
from campaigns.services.welcomes import (
    VariantSpec,
    WelcomeText,
    delete_variant,
    link_attachment,
    picture_attachment,
    save_default_welcome,
    save_variant,
)
from content.errors import PictureRefused
from org.models import AuditRow
from tests.campaigns.world import make_code
from tests.content.makers import make_article
from tests.content.pictures import picture_bytes
from tests.makers import CORP_ID, NOW, make_app, make_corp, make_user

pytestmark = pytest.mark.django_db
LINK = link_attachment(title="会员中心", url="https://example.com/m")


def test_the_default_is_saved_and_changed():
    corp = make_corp()
    save_default_welcome(corp=corp, welcome=WelcomeText("你好"), is_enabled=True, now=NOW)
    saved = save_default_welcome(
        corp=corp,
        welcome=WelcomeText("您好", [LINK], make_article()),
        is_enabled=True,
        now=NOW,
        actor=make_user(),
    )
    assert DefaultWelcome.objects.get() == saved
    assert (saved.text, saved.attachments) == ("您好", [LINK])
    assert AuditRow.objects.count() == 2


@pytest.mark.parametrize(
    ("welcome", "sentence"),
    [
        (WelcomeText(), "写一句话"),
        (WelcomeText("长" * 1_334), "太长"),
        (WelcomeText("x", [LINK] * 10), "9 个"),
    ],
)
def test_what_wecom_would_not_take_is_refused(welcome: WelcomeText, sentence: str):
    with pytest.raises(BadWelcome, match=sentence):
        save_default_welcome(corp=make_corp(), welcome=welcome, is_enabled=True, now=NOW)
    assert not DefaultWelcome.objects.exists()
    assert not AuditRow.objects.exists()


def test_switched_off_it_may_say_nothing():
    saved = save_default_welcome(corp=make_corp(), welcome=WelcomeText(), is_enabled=False, now=NOW)
    assert (saved.is_enabled, saved.text) == (False, "")


def test_variants_are_added_changed_and_deleted():
    code = make_code()
    evening = VariantSpec(
        WelcomeText("晚上好"), weekdays=[7, 6, 6], starts_at=time(18), ends_at=time(9)
    )
    first = save_variant(code, evening, now=NOW)
    second = save_variant(code, VariantSpec(WelcomeText("我是张三"), code.staff.get()), now=NOW)
    assert (first.position, first.weekdays, second.position) == (0, [6, 7], 1)

    save_variant(code, VariantSpec(WelcomeText("改了")), variant=first, now=NOW)
    first.refresh_from_db()
    assert (first.text, first.weekdays, first.starts_at, first.position) == ("改了", [], None, 0)

    delete_variant(second, now=NOW)
    assert list(WelcomeVariant.objects.all()) == [first]


@pytest.mark.parametrize(
    "over",
    [
        {"starts_at": time(9)},
        {"starts_at": time(9), "ends_at": time(9)},
        {"weekdays": [8]},
        {"welcome": WelcomeText()},
    ],
)
def test_a_variant_that_fits_no_moment_is_refused(over):
    spec = VariantSpec(**({"welcome": WelcomeText("x")} | over))
    with pytest.raises(BadWelcome):
        save_variant(make_code(), spec, now=NOW)
    assert not WelcomeVariant.objects.exists()


def test_a_picture_is_uploaded_and_does_not_expire(sim):
    attachment = picture_attachment(picture_bytes(), app=make_app())
    assert attachment["msgtype"] == "image"
    assert attachment["image"]["pic_url"].startswith("https://wework.qpic.cn/")
    media = sim.snapshot()["corps"][CORP_ID]["media"]
    assert [one["content_type"] for one in media.values()] == ["image/jpeg"]


def test_what_is_no_picture_is_not_uploaded(sim):
    with pytest.raises(PictureRefused):
        picture_attachment(b"<svg/>", app=make_app())
    assert sim.snapshot()["corps"][CORP_ID]["media"] == {}
