"""A customer's phone: opens a tracked link through WeCom's OAuth and tells how long it was read."""

import re
from types import TracebackType
from typing import Self

import httpx

WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49(0x18003137) NetType/WIFI"
)
REDIRECT = 302


class Phone:
    """One customer's browser with its cookies."""

    def __init__(self, external_userid: str) -> None:
        self.external_userid = external_userid
        self._http = httpx.Client(headers={"User-Agent": WECHAT}, trust_env=False, timeout=20)
        self._page = ""
        self._url = ""
        self._seq = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def open(self, url: str) -> str:
        """Open a link, be named by WeCom on the way, and return the page."""
        answer = self._http.get(url)
        for _ in range(4):
            if answer.status_code != REDIRECT:
                break
            following = httpx.URL(str(answer.next_request.url)) if answer.next_request else None
            assert following is not None
            if following.path.endswith("/oauth2/authorize"):
                following = following.copy_merge_params({"as": self.external_userid})
            answer = self._http.get(following)
        assert answer.status_code == 200, answer.text[:300]
        self._page, self._url, self._seq = answer.text, str(answer.url), 0
        return self._page

    def read(self, *, seconds: int, depth: int, final: bool = False) -> None:
        """Send what the page's script sends."""
        found = re.search(r'data-beacon="([^"]+)" data-token="([^"]+)"', self._page)
        assert found is not None
        self._seq += 1
        answer = self._http.post(
            str(httpx.URL(self._url).join(found.group(1))),
            json={
                "token": found.group(2),
                "seq": self._seq,
                "seconds": seconds,
                "depth": depth,
                "final": final,
            },
        )
        assert answer.status_code == 204
