"""The least a callback receiver can do, in the product's server: verify, decrypt, insert, commit.

The same uvicorn, the same pool of threads, the same driver and the same crypto, without Django's
request cycle, the strict front, the receipt's columns and constraints, and the bells.
"""

import re
from collections.abc import Iterable
from urllib.parse import parse_qs

from a2wsgi.wsgi_typing import Environ, StartResponse
from django.conf import settings
from django.db import connection

from sandbox import fixture
from scrm.web.bridge import Bridge
from wecom.crypto import CallbackKeys, decode_aes_key

_ENCRYPT = re.compile(rb"<Encrypt><!\[CDATA\[(.+?)\]\]></Encrypt>")
_APP = next(iter(fixture.empty_world().corps.values())).apps["scrm"]
_KEYS = CallbackKeys(
    token=_APP.token, aes_key=decode_aes_key(_APP.aes_key), receive_id=fixture.CORP_ID
)


def receive(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Take one callback in."""
    if environ["REQUEST_METHOD"] != "POST":
        start_response("204 No Content", [])
        return []
    query = parse_qs(environ["QUERY_STRING"])
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    found = _ENCRYPT.search(body)
    if found is None:
        raise ValueError("no Encrypt")
    encrypt = found[1].decode()
    _KEYS.verify(
        signature=query["msg_signature"][0],
        timestamp=query["timestamp"][0],
        nonce=query["nonce"][0],
        encrypt=encrypt,
    )
    xml = _KEYS.decrypt(encrypt)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_floor_callback (body) VALUES (%s)", [xml])
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "7")])
    return [b"success"]


application = Bridge(receive, workers=settings.WEB_THREADS)
