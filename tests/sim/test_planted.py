"""The histories find every planted bug: an oracle that finds nothing would prove nothing."""

import json
import os
import subprocess
import sys

import pytest

from tests.sim.planted import BUGS, ROOT, Planted, text_with


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_place_of_the_bug_is_there_once(bug: Planted):
    assert bug.new in text_with(bug)


@pytest.mark.slow
def test_every_planted_bug_is_found():
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.sim.hunting"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    found = {one["bug"]: one["found"] for one in told}
    assert set(found) == {bug.name for bug in BUGS}
    unseen = {
        bug.name: found[bug.name]
        for bug in BUGS
        if not any(f": {word}:" in found[bug.name] for word in bug.found_as)
    }
    assert unseen == {}
