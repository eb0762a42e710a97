"""The compiled form of the policy files: the same tables, kept by contents, never in the way."""

import subprocess
import sys

import pytest

from yibaobox.domain.policy import PolicyDataError
from yibaobox.domain.policy import compiled as subject
from yibaobox.domain.policy.load import REGIONS, read_tables

NAME = "510400/employee.outpatient.yaml"
START = "import sys; from pathlib import Path; from yibaobox.domain.policy import compiled; "
START += "print(len(compiled.read_compiled(cache=Path(sys.argv[1]))))"


@pytest.fixture
def root(tmp_path):
    file = tmp_path / "regions" / NAME
    file.parent.mkdir(parents=True)
    file.write_bytes((REGIONS / NAME).read_bytes())
    return tmp_path / "regions"


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache" / "yibaobox"


def kept(cache):
    return sorted(cache.iterdir())


def test_compiled_form_holds_the_same_tables(tmp_path):
    first, second = (subject.read_compiled(cache=tmp_path) for _ in range(2))

    assert first == second == read_tables()
    assert len(kept(tmp_path)) == 1


def test_tables_come_from_the_compiled_form_when_it_is_there(root, cache, monkeypatch):
    tables = subject.read_compiled(root, cache)
    monkeypatch.setattr(subject, "read_raw", lambda path: pytest.fail(f"read {path}"))

    assert subject.read_compiled(root, cache) == tables


def test_changed_file_is_read_anew_and_the_old_form_dropped(root, cache):
    before = subject.read_compiled(root, cache)
    old, file = kept(cache), root / NAME
    file.write_text(file.read_text(encoding="utf-8").replace("1000.00", "1234.00"), encoding="utf-8")

    assert subject.read_compiled(root, cache) != before
    assert len(kept(cache)) == 1
    assert kept(cache) != old


@pytest.mark.parametrize("spoil", [lambda text: b"", lambda text: text[:-9], lambda text: text.replace(b"55%", b"99%")])
def test_damaged_form_is_passed_over_and_written_again(root, cache, spoil):
    tables = subject.read_compiled(root, cache)
    place = kept(cache)[0]
    good = place.read_bytes()
    place.write_bytes(spoil(good))

    assert subject.read_compiled(root, cache) == tables
    assert place.read_bytes() == good


def test_nothing_is_kept_where_nothing_can_be_written(root, tmp_path):
    barred = tmp_path / "file"
    barred.write_text("a folder cannot be made below a file", encoding="utf-8")

    assert len(subject.read_compiled(root, barred / "cache")) == 1


def test_wrong_file_is_never_compiled(root, cache):
    file = root / NAME
    file.write_text(file.read_text(encoding="utf-8").replace("50%", "500%"), encoding="utf-8")

    with pytest.raises(PolicyDataError, match="500%"):
        subject.read_compiled(root, cache)
    assert not cache.exists()


def test_processes_that_start_together_all_get_their_tables(cache):
    command = [sys.executable, "-c", START, str(cache)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    counts = {process.communicate(timeout=120)[0].strip() for process in started}

    assert counts == {str(len(read_tables()))}
    assert len(kept(cache)) == 1


def test_cache_lies_in_the_users_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert subject.cache_folder() == tmp_path / "yibaobox"
