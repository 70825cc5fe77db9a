"""Keep the sandbox's world between two runs, so that it goes on agreeing with our database."""

import json
from pathlib import Path

import requests
from django.conf import settings

_SECONDS = 20.0
_OWN_ADDRESS = "http://127.0.0.1:{port}/"


def world_file() -> Path:
    """Where the world is kept; `make demo-reset` deletes it with the database."""
    return Path(settings.BASE_DIR) / ".local" / "sandbox" / "world.json"


def save_world(path: Path) -> bool:
    """Write the sandbox's present world down; False if it could not be had."""
    try:
        answer = requests.get(_control("snapshot"), timeout=_SECONDS)
        answer.raise_for_status()
    except requests.RequestException:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    kept = {"port": settings.PORT, "snapshot": answer.json()}
    scratch.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    scratch.replace(path)
    return True


def load_world(path: Path) -> bool:
    """Give a fresh sandbox the world of the last run; False if there was none.

    Raises:
        requests.RequestException: the sandbox refused it.
    """
    if not path.exists():
        return False
    text = path.read_text(encoding="utf-8")
    old, new = json.loads(text)["port"], settings.PORT
    if old != new:  # callbacks go to the port of this run
        text = text.replace(_OWN_ADDRESS.format(port=old), _OWN_ADDRESS.format(port=new))
    answer = requests.post(_control("restore"), data=text.encode(), timeout=_SECONDS)
    answer.raise_for_status()
    return True


def _control(name: str) -> str:
    return f"http://127.0.0.1:{settings.SANDBOX_PORT}/_sim/{name}"
