"""The smallest client of the API: errors are returned, not raised."""

from typing import Any

from sandbox.client import SimClient

CORP = "ww1234567890abcdef"
NOW = 1_795_140_000
"""2026-11-20 10:00 in China, a Friday."""
FIRST = "wmTESTexternal000000000000000001"
SECOND = "wmTESTexternal000000000000000002"
THIRD = "wmTESTexternal000000000000000003"
VIP = "etTESTtag00000000000000000000001"
CONSOLE_TAG = "etTESTtag00000000000000000000003"
GROUP = "wrTESTgroup000000000000000000001"


class Wecom:
    def __init__(self, sim: SimClient, secret: str) -> None:
        self.sim = sim
        self.secret = secret
        self.token = self.fetch_token()

    def fetch_token(self) -> str:
        answer = self.sim.api("GET", "gettoken", corpid=CORP, corpsecret=self.secret)
        return str(answer["access_token"])

    def sleep(self, seconds: float) -> None:
        """Let simulated time pass and fetch a token that is still valid then."""
        self.sim.advance(seconds)
        self.token = self.fetch_token()

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        return self.sim.api("GET", path, access_token=self.token, **params)

    def post(self, path: str, body: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        return self.sim.api("POST", path, body or {}, access_token=self.token, **params)

    def ext(self, path: str, **body: Any) -> dict[str, Any]:
        """POST to `externalcontact/<path>`."""
        return self.post(f"externalcontact/{path}", body)

    def code(self, path: str, **body: Any) -> int:
        """Return the errcode of a POST to `externalcontact/<path>`."""
        return int(self.ext(path, **body)["errcode"])

    def way(self, **fields: Any) -> str:
        """Create a contact way and return its config_id."""
        body = {"type": 2, "scene": 2, "user": ["zhangsan"], **fields}
        return str(self.ext("add_contact_way", **body)["config_id"])
