"""What deploys the product agrees with the product: programs, queues, health checks, commands."""

import re
from typing import Any

import yaml

from bench.__main__ import BENCHMARKS
from scrm.management import programs
from tests.architecture.sources import ROOT

RUN = re.compile(r"\$\(PY\) -m (?P<module>[\w.]+)(?: (?P<word>[\w-]+))?")
OF_OTHERS = {"pip", "pytest", "ruff", "mypy"}


def compose() -> dict[str, Any]:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    assert isinstance(services, dict)
    return services


def gates_on_readiness(text: str) -> list[str]:
    """Lines that ask whether all is well before a request may reach the web process."""
    return [
        line.strip()
        for line in text.splitlines()
        if re.search(r"health_uri|urlopen|curl|wget", line) and "/readyz" in line
    ]


def missing_programs(text: str) -> list[str]:
    """Programs of ours that the Makefile runs and that are not there."""
    found = []
    for match in RUN.finditer(text):
        place = ROOT / match["module"].replace(".", "/")
        if match["module"] not in OF_OTHERS and not (place / "__main__.py").is_file():
            found.append(match["module"])
        if match["module"] == "bench" and match["word"] and match["word"] not in BENCHMARKS:
            found.append(f"bench {match['word']}")
    return found


def test_callbacks_reach_web_also_while_the_database_is_away():
    files = [ROOT / "docker-compose.yml", *(ROOT / "deploy").rglob("*")]
    texts = {file.name: file.read_text(encoding="utf-8") for file in files if file.is_file()}
    assert {name: gates_on_readiness(text) for name, text in texts.items()} == {
        name: [] for name in texts
    }
    assert "health_uri /healthz" in texts["Caddyfile"]
    assert "/healthz" in str(compose()["web"]["healthcheck"]["test"])


def test_compose_runs_what_up_runs():
    ours = {program.name: program.env["PROCESS_KIND"] for program in programs.application()}
    found = {
        name: service["environment"]["PROCESS_KIND"]
        for name, service in compose().items()
        if "PROCESS_KIND" in (service.get("environment") or {})
    }
    # One process does both at home; apart, the proxy tells them by their path.
    assert found == ours | {"live": ours["web"]}
    assert "reverse_proxy /live/* live:8000" in (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
    assert compose()["worker-welcome"]["environment"]["CONCURRENCY"] == "1"


def test_what_make_runs_is_there():
    assert missing_programs((ROOT / "Makefile").read_text(encoding="utf-8")) == []


def test_the_rules_can_fail():
    assert gates_on_readiness("\thealth_uri /readyz\n\t@inside path /metrics /readyz\n") == [
        "health_uri /readyz"
    ]
    recipes = "@$(PY) -m tests.wire\n@$(PY) -m embedded destroy\n@$(PY) -m bench tempest\n"
    assert missing_programs(recipes) == ["tests.wire", "bench tempest"]
