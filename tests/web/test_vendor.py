"""Files from npm: only those of the list, and a sentence when they are missing."""

import pytest

from scrm.web import vendor


@pytest.fixture
def finder(tmp_path, settings) -> vendor.VendorFinder:
    settings.BASE_DIR = tmp_path
    for file in (*vendor.FILES, "echarts/package.json"):
        path = tmp_path / "node_modules" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file)
    return vendor.VendorFinder()


@pytest.mark.parametrize("file", vendor.FILES)
def test_a_file_of_the_list_is_found(finder, file: str):
    found = str(finder.root / file)

    assert finder.find(f"vendor/{file}") == found
    assert finder.find(f"vendor/{file}", find_all=True) == [found]


@pytest.mark.parametrize(
    "path",
    [
        "vendor/echarts/package.json",
        "vendor/../package.json",
        "echarts/dist/echarts.min.js",
        "vendor/echarts/dist/../dist/echarts.min.js",
    ],
)
def test_nothing_else_is(finder, path: str):
    assert finder.find(path) == []


def test_collecting_takes_the_list(finder):
    assert [file for file, _ in finder.list(None)] == list(vendor.FILES)
    assert finder.storage.prefix == "vendor"


def test_what_is_missing_is_said_with_the_command(finder, settings):
    settings.DEBUG = True
    (finder.root / vendor.FILES[0]).unlink()

    assert [(error.msg, error.hint) for error in finder.check()] == [
        (f"{vendor.FILES[0]} is missing", "Run `make setup`.")
    ]


def test_production_has_collected_them_and_does_not_ask(finder, settings):
    settings.DEBUG = False
    (finder.root / vendor.FILES[0]).unlink()

    assert finder.check() == []
