"""What a User-Agent says of the reader's program (客户端)."""

import re
from dataclasses import dataclass
from typing import Final

# Crawlers, link-preview fetchers, monitors, and programs that no person reads with.
_MACHINE: Final = re.compile(
    r"bot\b|bot/|spider|crawl|preview|slurp|facebookexternalhit|embedly|whatsapp|skypeuri|lighthouse"
    r"|monitor|uptime|pingdom|curl/|wget/|python|httpx|aiohttp|okhttp|java/|go-http|libwww|axios"
    r"|node-fetch|scrapy|httpclient|yisou",
    re.IGNORECASE,
)
_FAMILIES: Final = (
    ("wxwork", "wecom"),
    ("micromessenger", "wechat"),
    ("edg/", "edge"),
    ("firefox/", "firefox"),
    ("chrome/", "chrome"),
    ("safari/", "safari"),
)


@dataclass(frozen=True, slots=True)
class Agent:
    """The program a page was opened with; a suspect one is a machine, not a person."""

    family: str
    is_suspect: bool

    @property
    def is_wechat(self) -> bool:
        """True inside WeChat or WeCom, where OAuth can name the reader."""
        return self.family in {"wechat", "wecom"}


def read_agent(user_agent: str) -> Agent:
    """Sort a User-Agent into a family; a missing one is suspect."""
    if not user_agent.strip() or _MACHINE.search(user_agent):
        return Agent("bot", is_suspect=True)
    lowered = user_agent.lower()
    for mark, family in _FAMILIES:
        if mark in lowered:
            return Agent(family, is_suspect=False)
    return Agent("other", is_suspect=False)
