"""What every whole-binary test starts from: a house, the corpus, and what to print when a test fails."""

import os
import pathlib

import pytest

import corpus
from house import ROOT, House, binary

BOB, ALICE = "bob@hamburger.edu", "alice@crepes.fr"


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="the full storm: at least 50 kills instead of 5")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes many minutes; runs with --long only")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--long"):
        for item in items:
            if "long" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="long: run with --long"))


def pytest_sessionstart():
    if not binary().exists():
        pytest.exit(f"there is no {binary()}: cargo build --release, or set POSTHOUSE_BINARY", returncode=2)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.failed:
        for house in item.funcargs.get("_houses", []):
            report.sections.append((f"log of {house.folder.name}", house.log_text()[-4000:]))
    return report


@pytest.fixture
def _houses():
    houses = []
    yield houses
    for house in houses:
        house.close()


@pytest.fixture
def new_house(tmp_path, _houses):
    """Makes a house that is not running yet."""
    def make(name="house", data=None, log=None):
        path = tmp_path / name
        path.mkdir(exist_ok=True)
        house = House(path)
        house.data, house.log = data or house.data, log or house.log
        _houses.append(house)
        return house
    return make


@pytest.fixture
def demo(new_house):
    """The demo, running."""
    return new_house().demo()


@pytest.fixture
def serving(new_house):
    """`serve` with the accounts bob and alice, without any mail; settings by section, such as `limits={...}`."""
    def start(data=None, log=None, **sections):
        house = new_house("house", data, log)
        house.serve(**sections)
        house.add_account(BOB, "hungry")
        house.add_account(ALICE, "crepes suzette")
        return house
    return start


@pytest.fixture(scope="session")
def letters():
    """Every message of the corpus."""
    folder = pathlib.Path(os.environ.get("POSTHOUSE_CORPUS", ROOT.parent / "shared/corpus"))
    if not folder.is_dir():
        pytest.skip(f"there is no corpus at {folder}: set POSTHOUSE_CORPUS to a folder of real mail")
    return list(corpus.letters(folder))


@pytest.fixture
def say(capsys):
    """Prints past pytest's capture: counts that a person wants to see."""
    def words(*parts):
        with capsys.disabled():
            print("\n    ", *parts, end="", flush=True)
    return words
