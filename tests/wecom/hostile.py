"""Bodies that are not a callback of WeCom: every one must be refused, and nothing else happen."""

from tests.wecom.keys import CORP_ID, KEYS, OTHER_CORP_KEYS, add_event_xml, envelope, sealed

_QUERY, GOOD = sealed(add_event_xml())
ENCRYPT = GOOD.split(b"<Encrypt><![CDATA[")[1].split(b"]]>")[0].decode()
_FIELD = f"<Encrypt><![CDATA[{ENCRYPT}]]></Encrypt>"
_BOMB = "".join(
    f'<!ENTITY a{n} "{"&a" + str(n - 1) + ";" * 1}{("&a" + str(n - 1) + ";") * 9}">'
    for n in range(1, 10)
)


def _xml(inner: str) -> bytes:
    return f"<xml>{inner}</xml>".encode()


BODIES: dict[str, bytes] = {
    "empty": b"",
    "blank": b"  \n ",
    "one byte": b"<",
    "text": b"hello",
    "json": b'{"Encrypt": "x"}',
    "form": b"Encrypt=abc&ToUserName=x",
    "binary": bytes(range(256)),
    "null bytes": b"\x00" * 64,
    "null inside": _xml(_FIELD).replace(b"Encrypt", b"Enc\x00rypt", 1),
    "bom only": b"\xef\xbb\xbf",
    "no Encrypt": _xml(f"<ToUserName>{CORP_ID}</ToUserName>"),
    "empty Encrypt": _xml("<Encrypt></Encrypt>"),
    "self-closed Encrypt": _xml("<Encrypt/>"),
    "blank Encrypt": _xml("<Encrypt>  \n</Encrypt>"),
    "lower-case encrypt": _xml(f"<encrypt>{ENCRYPT}</encrypt>"),
    "two Encrypts": _xml(_FIELD + _FIELD),
    "nested Encrypt": _xml(f"<a>{_FIELD}</a>"),
    "Encrypt with a child": _xml(f"<Encrypt>{ENCRYPT}<b/></Encrypt>"),
    "Encrypt with an attribute": _xml(f'<Encrypt a="1">{ENCRYPT}</Encrypt>'),
    "root with an attribute": f'<xml a="1">{_FIELD}</xml>'.encode(),
    "other root": f"<root>{_FIELD}</root>".encode(),
    "upper-case root": f"<XML>{_FIELD}</XML>".encode(),
    "root in a namespace": f'<xml xmlns="urn:x">{_FIELD}</xml>'.encode(),
    "prefixed root": f'<a:xml xmlns:a="urn:x">{_FIELD}</a:xml>'.encode(),
    "unbound prefix": f"<a:xml>{_FIELD}</a:xml>".encode(),
    "added field": _xml(_FIELD + "<Extra>1</Extra>"),
    "another corp's name": envelope(ENCRYPT, corp_id="ww9999999999999999"),
    "truncated head": GOOD[40:],
    "truncated tail": GOOD[:-1],
    "truncated middle": GOOD[: len(GOOD) // 2],
    "two documents": GOOD + GOOD,
    "junk after": GOOD + b"x",
    "junk before": b"x" + GOOD,
    "space before the declaration": b' <?xml version="1.0"?>' + GOOD,
    "unclosed CDATA": _xml(f"<Encrypt><![CDATA[{ENCRYPT}</Encrypt>"),
    "mismatched tags": b"<xml><Encrypt>x</xml></Encrypt>",
    "deep nesting, closed": b"<xml>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</xml>",
    "deep nesting, open": b"<a>" * 20000,
    "many siblings": _xml("<a/>" * 10000),
    "many attributes": b"<xml " + b" ".join(b'a%d="1"' % n for n in range(5000)) + b"/>",
    "long tag": b"<" + b"a" * 60000 + b"/>",
    "long attribute": b'<xml a="' + b"a" * 60000 + b'"/>',
    "empty DTD": b"<!DOCTYPE xml>" + GOOD,
    "DTD with a subset": b"<!DOCTYPE xml []>" + GOOD,
    "external DTD": b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd">' + GOOD,
    "public DTD": b'<!DOCTYPE xml PUBLIC "-//x" "file:///etc/passwd">' + GOOD,
    "internal entity": b'<!DOCTYPE xml [<!ENTITY e "x">]><xml><Encrypt>&e;</Encrypt></xml>',
    "file entity": (
        b'<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        b"<xml><Encrypt>&e;</Encrypt></xml>"
    ),
    "network entity": (
        b'<!DOCTYPE xml [<!ENTITY e SYSTEM "http://169.254.169.254/">]>'
        b"<xml><Encrypt>&e;</Encrypt></xml>"
    ),
    "parameter entity": b'<!DOCTYPE xml [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><xml/>',
    "billion laughs": (
        f'<!DOCTYPE xml [<!ENTITY a0 "ha">{_BOMB}]><xml><Encrypt>&a9;</Encrypt></xml>'.encode()
    ),
    "quadratic blow-up": (
        b'<!DOCTYPE xml [<!ENTITY a "' + b"a" * 20000 + b'">]><xml><Encrypt>'
        + b"&a;" * 10000 + b"</Encrypt></xml>"
    ),
    "undefined entity": _xml("<Encrypt>&nbsp;</Encrypt>"),
    "surrogate reference": _xml("<Encrypt>&#xD800;</Encrypt>"),
    "null reference": _xml("<Encrypt>&#0;</Encrypt>"),
    "XInclude": (
        b'<xml xmlns:xi="http://www.w3.org/2001/XInclude">'
        b'<Encrypt><xi:include href="file:///etc/passwd" parse="text"/></Encrypt></xml>'
    ),
    "utf-16": GOOD.decode().encode("utf-16"),
    "utf-16 without BOM": GOOD.decode().encode("utf-16-le"),
    "utf-32": GOOD.decode().encode("utf-32"),
    "declared utf-16": b'<?xml version="1.0" encoding="utf-16"?><xml/>',
    "declared utf-7": b'<?xml version="1.0" encoding="utf-7"?><xml/>',
    "unknown encoding": b'<?xml version="1.0" encoding="klingon"?><xml/>',
    "codec that is not text": b'<?xml version="1.0" encoding="base64"?><xml/>',
    "idna encoding": b'<?xml version="1.0" encoding="idna"?><xml/>',
    "gbk bytes": "<xml><Encrypt>中文</Encrypt></xml>".encode("gbk"),
    "overlong utf-8": b"<xml><Encrypt>\xc0\xaf</Encrypt></xml>",
    "broken utf-8": b"<xml><Encrypt>\xff\xfe\xfd</Encrypt></xml>",
    "control characters": b"<xml><Encrypt>\x01\x02</Encrypt></xml>",
    "xml 9.9": b'<?xml version="9.9"?>' + _xml(_FIELD).replace(b"Encrypt", b"E"),
    "bad base64": envelope("!!!! not base64 !!!!"),
    "base64 without padding": envelope(ENCRYPT.rstrip("=") + "A"),
    "url-safe base64": envelope("-_-_-_-_"),
    "other ciphertext": envelope(KEYS.encrypt(b"<xml/>")),
    "oversize": b"<xml><Encrypt>" + b"A" * 70000 + b"</Encrypt></xml>",
    "just oversize": GOOD + b" " * (64 * 1024 + 1 - len(GOOD)),
    "megabytes": b"a" * 3_000_000,
}  # fmt: skip

# Signed with the right token, but not what WeCom seals.
SEALED: dict[str, str] = {
    "not base64": "!!!!",
    "one block of noise": "AAAAAAAAAAAAAAAAAAAAAA==",
    "noise": "A" * 1000,
    "half a block": "AAAAAAAAAAA=",
    "truncated ciphertext": ENCRYPT[: len(ENCRYPT) // 2 // 64 * 64],
    "another corp's receive id": OTHER_CORP_KEYS.encrypt(add_event_xml()),
}
GOOD_QUERY = _QUERY
