"""A code's QR picture is read from WeCom once, and posters carry it."""

import io

import pytest
from django.conf import settings as configured
from PIL import Image

from campaigns.errors import NoFont, NoPicture
from campaigns.models import CodePicture
from campaigns.services import fonts
from campaigns.services.channel_codes import create_channel_code, disable_channel_code
from campaigns.services.code_life import enable_channel_code
from campaigns.services.code_pictures import code_picture
from campaigns.services.posters import STYLES, Poster, poster_pdf, poster_png
from tests.campaigns.test_channel_codes import spec
from tests.campaigns.world import make_code
from tests.makers import NOW, make_app
from wecom.api.pictures import fetch_picture
from wecom.errors import ItemRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def wecom(sim, settings):
    settings.WECOM_PICTURE_BASE_URL = settings.WECOM_API_BASE_URL
    return sim


def size_of(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.size


def poster(**over: object) -> Poster:
    values: dict[str, object] = {
        "title": "扫码领 7 天换粮表",
        "note": "换粮不软便,有问题直接问顾问",
        "name": "西湖店 · 养宠顾问",
        "hint": "微信扫一扫,添加专属顾问",
        "qr_png": picture(),
    }
    return Poster(**(values | over))


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("1", (120, 120)).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_picture_is_read_once_and_anew_when_the_code_is(wecom, monkeypatch):
    code = create_channel_code(spec(make_app()), now=NOW)
    first = code_picture(code, now=NOW)
    assert first.startswith(b"\x89PNG")
    kept = CodePicture.objects.get()
    assert (kept.url, bytes(kept.data)) == (code.qr_code_url, first)

    with monkeypatch.context() as patch:
        patch.setattr("campaigns.services.code_pictures.fetch_picture", None)
        assert code_picture(code, now=NOW) == first

    code = disable_channel_code(code, now=NOW)
    with pytest.raises(NoPicture, match="停用"):
        code_picture(code, now=NOW)
    code = enable_channel_code(code, now=NOW)
    assert code_picture(code, now=NOW) != first
    assert CodePicture.objects.get().url == code.qr_code_url


def test_a_code_that_is_not_made_yet_has_no_picture():
    with pytest.raises(NoPicture, match="还没有"):
        code_picture(make_code(qr_code_url="", is_in_step=False), now=NOW)


def test_a_picture_that_is_gone_is_told_and_nothing_is_kept(wecom):
    with pytest.raises(NoPicture, match="取不到"):
        code_picture(make_code(qr_code_url="https://wework.qpic.cn/wwpic/none/0"), now=NOW)
    assert not CodePicture.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/wwpic/x/0",
        "https://evilqpic.cn/x",
        "file:///etc/passwd",
        "http://127.0.0.1:5432/",
        "//x",
        "",
    ],
)
def test_only_wecoms_hosts_are_asked(settings, monkeypatch, url: str):
    settings.WECOM_PICTURE_BASE_URL = ""
    monkeypatch.setattr("wecom.api.pictures._read", pytest.fail)
    with pytest.raises(ItemRefused):
        fetch_picture(url)


@pytest.mark.parametrize("style", STYLES)
def test_a_poster_for_phones_and_one_for_paper(style: str):
    assert size_of(poster_png(poster(style=style))) == (1_080, 1_527)
    assert poster_pdf(poster(style=style, title="很" * 40, note="长" * 90)).startswith(b"%PDF")


def test_odd_words_do_not_stop_a_poster():
    odd = poster(title="🐱\u202e猫\x00粮", note="", name="", style="nonsense")
    assert size_of(poster_png(odd)) == (1_080, 1_527)


def test_without_a_font_it_says_so(settings, monkeypatch):
    monkeypatch.setattr(fonts, "_PLACES", {"linux": ("/nowhere",)})
    fonts._found.cache_clear()
    with pytest.raises(NoFont):
        poster_png(poster())
    assert not fonts.has_chinese_font()
    fonts._found.cache_clear()

    settings.POSTER_FONT = "/nowhere/font.ttf"
    assert not fonts.has_chinese_font()
    assert configured.POSTER_FONT == "/nowhere/font.ttf"
