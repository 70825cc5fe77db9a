"""A customer's phone in the demo story: opens a link as WeChat would, and reads."""

import re
from dataclasses import dataclass, field
from typing import Final

import requests

SECONDS: Final = 15.0
WECHAT_AGENT: Final = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 MicroMessenger/8.0.49"
_BEACON: Final = re.compile(r'data-beacon="([^"]+)" data-token="([^"]+)"')


class StoryBroken(RuntimeError):
    """The story did not go on as it should; the message says where."""


@dataclass
class Phone:
    """One customer's browser inside WeChat, known to WeCom as `external_userid`."""

    external_userid: str
    base_url: str
    _session: requests.Session = field(default_factory=requests.Session)
    _beacon: tuple[str, str] = ("", "")
    _seq: int = 0

    def open(self, url: str) -> str:
        """Open a tracked link, pass WeCom's silent authorization, return the page's title.

        Raises:
            StoryBroken: no page came back.
        """
        self._session.headers["User-Agent"] = WECHAT_AGENT
        answer = self._session.get(url, timeout=SECONDS, allow_redirects=False)
        while answer.is_redirect:
            target = requests.compat.urljoin(answer.url, answer.headers["Location"])
            if "/connect/oauth2/authorize" in target:
                target = target.replace("#wechat_redirect", "") + f"&as={self.external_userid}"
            answer = self._session.get(target, timeout=SECONDS, allow_redirects=False)
        found = _BEACON.search(answer.text)
        if not answer.ok or found is None:
            raise StoryBroken(f"the link answered {answer.status_code} without an article")
        self._beacon = (found[1], found[2])
        title = re.search(r"<h1>([^<]*)</h1>", answer.text)
        return title[1] if title else ""

    def read(self, *, seconds: int, depth_percent: int) -> None:
        """Send the beacon that the page sends after so many seconds of reading."""
        path, token = self._beacon
        self._seq += 1
        body = {
            "token": token,
            "seq": self._seq,
            "seconds": seconds,
            "depth": depth_percent,
            "final": True,
        }
        self._session.post(self.base_url + path, json=body, timeout=SECONDS).raise_for_status()
