"""An upload becomes a JPEG of ours, or is refused with a sentence."""

import io

import pytest
from django.test import Client
from PIL import Image

from content.errors import PictureRefused
from content.models import Picture
from content.services import pictures
from content.services.pictures import store_picture
from tests.content.pictures import picture_bytes
from tests.makers import NOW

pytestmark = pytest.mark.django_db
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_usual_kinds_become_jpeg(kind: str):
    picture = store_picture(picture_bytes(kind), now=NOW)
    assert bytes(picture.data).startswith(b"\xff\xd8\xff")
    assert (picture.width, picture.height, len(picture.code)) == (40, 20, 22)


def test_a_giant_becomes_as_wide_as_a_phone_needs():
    picture = store_picture(picture_bytes(size=(3_000, 1_500)), now=NOW)
    assert (picture.width, picture.height) == (1_440, 720)


def test_what_is_transparent_becomes_white():
    picture = store_picture(picture_bytes(mode="RGBA"), now=NOW)
    with Image.open(io.BytesIO(bytes(picture.data))) as shown:
        assert shown.getpixel((5, 5)) == (255, 255, 255)


def test_where_it_was_taken_is_not_kept():
    exif = Image.Exif()
    exif[0x010E] = "at home"
    picture = store_picture(picture_bytes("JPEG", exif=exif), now=NOW)
    with Image.open(io.BytesIO(bytes(picture.data))) as shown:
        assert dict(shown.getexif()) == {}
    assert b"at home" not in bytes(picture.data)


def test_the_same_picture_is_kept_once():
    first = store_picture(picture_bytes(), now=NOW)
    assert store_picture(picture_bytes(), now=NOW) == first
    assert Picture.objects.count() == 1


@pytest.mark.parametrize(
    "data", [b"", b"hello", SVG, picture_bytes()[:60], picture_bytes("BMP"), b"%PDF-1.4"]
)
def test_what_is_no_picture_is_refused(data: bytes):
    with pytest.raises(PictureRefused, match="不是能用的图片"):
        store_picture(data, now=NOW)
    assert not Picture.objects.exists()


def test_too_many_bytes_or_pixels_are_refused(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 10)
    with pytest.raises(PictureRefused, match="超过"):
        store_picture(picture_bytes(), now=NOW)
    monkeypatch.setattr(pictures, "MAX_BYTES", 1_000_000)
    monkeypatch.setattr(pictures, "MAX_PIXELS", 100)
    with pytest.raises(PictureRefused, match="像素"):
        store_picture(picture_bytes(), now=NOW)
    assert not Picture.objects.exists()


def test_readers_get_it_for_ever_and_strangers_guess_nothing(client: Client):
    picture = store_picture(picture_bytes(), now=NOW)

    answer = client.get(f"/l/picture/{picture.code}.jpg")

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.content == bytes(picture.data)
    assert answer.cookies.keys() == set()
    for code in ("A" * 22, "x", "..%2f"):
        assert client.get(f"/l/picture/{code}.jpg").status_code == 404
