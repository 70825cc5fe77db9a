import http.client
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.client import SimClient
from tests.sandbox.wecom import Wecom

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\r\n--binary\x00" * 20


def upload(scrm: Wecom, path: str, content: bytes = PICTURE, **params: str) -> dict[str, Any]:
    boundary = "----sandbox7d1"
    body = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="a.png"; '
            f"filelength={len(content)}\r\nContent-Type: image/png\r\n\r\n"
        ).encode()
        + content
        + f"\r\n--{boundary}--\r\n".encode()
    )
    host = scrm.sim.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host)
    target = f"/cgi-bin/media/{path}?{urlencode({'access_token': scrm.token, **params})}"
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    connection.request("POST", target, body, headers)
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def download(scrm: Wecom, media_id: str) -> bytes:
    query = urlencode({"access_token": scrm.token, "media_id": media_id})
    return scrm.sim.http("GET", f"/cgi-bin/media/get?{query}")[1]


def test_upload_answers_a_media_id_and_the_time_as_text(scrm: Wecom) -> None:
    answer = upload(scrm, "upload", type="image")
    assert (answer["errcode"], answer["type"]) == (0, "image")
    assert answer["created_at"] == "1795140000"


def test_download_returns_the_same_bytes(scrm: Wecom) -> None:
    media_id = upload(scrm, "upload", type="image")["media_id"]
    assert download(scrm, media_id) == PICTURE


def test_media_live_three_days(scrm: Wecom) -> None:
    media_id = upload(scrm, "upload", type="image")["media_id"]
    scrm.sleep(3 * 86_400 + 1)
    assert json.loads(download(scrm, media_id))["errcode"] == 40145


def test_uploaded_picture_can_be_sent(sim: SimClient, scrm: Wecom) -> None:
    media_id = upload(scrm, "upload", type="image")["media_id"]
    image = {"msgtype": "image", "image": {"media_id": media_id}}
    body = {"sender": "zhangsan", "attachments": [image]}
    assert scrm.code("add_msg_template", **body) == 0
    scrm.sleep(3 * 86_400 + 1)
    assert scrm.code("add_msg_template", **body) == 40007


def test_media_of_moments_cannot_be_sent_in_messages(scrm: Wecom) -> None:
    answer = upload(scrm, "upload_attachment", media_type="image", attachment_type="1")
    image = {"msgtype": "image", "image": {"media_id": answer["media_id"]}}
    assert scrm.code("add_msg_template", sender="zhangsan", attachments=[image]) == 40007


def test_permanent_picture_gets_an_address(scrm: Wecom) -> None:
    assert upload(scrm, "uploadimg")["url"].startswith("https://")


@pytest.mark.parametrize(
    ("path", "params", "content", "errcode"),
    [
        ("upload", {"type": "poem"}, PICTURE, 40004),
        ("upload", {"type": "image"}, b"abc", 44001),
        ("upload", {"type": "voice"}, b"x" * (2 * 1024 * 1024 + 1), 45001),
        ("uploadimg", {}, b"x" * (2 * 1024 * 1024 + 1), 45001),
        ("upload_attachment", {"media_type": "image", "attachment_type": "9"}, PICTURE, 41072),
    ],
)
def test_bad_uploads_are_refused(
    scrm: Wecom, path: str, params: dict[str, str], content: bytes, errcode: int
) -> None:
    assert upload(scrm, path, content, **params)["errcode"] == errcode


def test_upload_without_a_file_is_refused(scrm: Wecom) -> None:
    assert scrm.post("media/upload", {}, type="image")["errcode"] == 41005


def test_unknown_media_give_40007(scrm: Wecom) -> None:
    assert json.loads(download(scrm, "none"))["errcode"] == 40007
