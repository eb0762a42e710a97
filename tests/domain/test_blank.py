"""New databases of a folder: made by a process that takes with it what making them needed."""

import sqlite3
import sys

import pytest

from ground import TownSeeder, fresh
from yibaobox.app import CannotStart, Settings, create_app
from yibaobox.domain.store import Worlds, blank


@pytest.fixture(autouse=True)
def nothing_made(monkeypatch):
    monkeypatch.setattr(blank, "_PAGES", {})


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/worlds"


def starts(url):
    worlds = Worlds.open(url, seeder=TownSeeder(), handlers={})
    try:
        return worlds.create(fresh()).name in worlds.names()
    finally:
        worlds.close()


def python_that_ends_with(code, folder):
    program = folder / "python3"
    program.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
    program.chmod(0o755)
    return str(program)


def test_a_process_that_fails_is_told_and_the_next_start_finds_a_clean_folder(url, tmp_path, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", python_that_ends_with(3, tmp_path))
        with pytest.raises(CannotStart, match="ended with 3"):
            create_app(Settings(db=url))

    assert starts(url)


@pytest.mark.parametrize("executable", ["/usr/sbin/httpd", "", None])
def test_a_program_that_is_no_python_makes_them_itself(url, monkeypatch, executable):
    monkeypatch.setattr(sys, "executable", executable)

    assert starts(url)


def test_a_file_that_holds_something_else_is_not_overwritten(url, tmp_path):
    (tmp_path / "worlds").mkdir()
    with sqlite3.connect(tmp_path / "worlds" / "yibaobox.db") as theirs:
        theirs.execute("CREATE TABLE theirs (value)")
        theirs.execute("INSERT INTO theirs VALUES (1)")
    theirs.close()

    assert starts(url)

    with sqlite3.connect(tmp_path / "worlds" / "yibaobox.db") as found:
        assert found.execute("SELECT value FROM theirs").fetchall() == [(1,)]
    found.close()
