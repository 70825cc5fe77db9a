import pytest

from bench import callbacks, dispatcher, plans
from bench.databases import CLONE_PREFIX, Databases
from bench.site import Site
from tests.bench.conftest import CUSTOMERS, options, said

pytestmark = pytest.mark.slow


def test_the_dispatcher_benchmark_says_what_it_measured(site, monkeypatch):
    monkeypatch.setattr(dispatcher, "PROCESSES", (1,))

    told = said(dispatcher.run(site, options(size=40)))

    assert (told["name"], told["unit"], told["size"]) == ("dispatcher", "events/s", 40)
    assert told["customers"] == CUSTOMERS
    assert told["figure"] > 0 < told["record_figure"]
    assert told["ratio"] == pytest.approx(told["figure"] / told["floor"], rel=0.01)


def test_the_callbacks_benchmark_says_what_it_measured(site, monkeypatch):
    monkeypatch.setattr(callbacks, "CLIENTS", 1)
    monkeypatch.setattr(callbacks, "TURNS", 1)

    told = said(callbacks.run(site, options(size=20)))

    assert (told["name"], told["unit"], told["size"]) == ("callbacks", "callbacks/s", 20)
    assert told["ratio"] == pytest.approx(told["figure"] / told["floor"], rel=0.01)
    assert 0 < told["p50"] <= told["p95"] <= told["p99"]


def test_the_plans_benchmark_looks_at_every_hot_path(site, capsys):
    told = said(plans.run(site, options(size=20)))

    assert told["paths"] == 22
    assert capsys.readouterr().out.count("== ") == 22


def test_no_copy_of_a_world_is_left(site: Site):
    with site.world(CUSTOMERS) as url:
        assert CLONE_PREFIX in url
        assert len(Databases(site.cluster).names(CLONE_PREFIX)) >= 1

    name = url.split("/")[-1].split("?")[0]
    assert not Databases(site.cluster).exists(name)
