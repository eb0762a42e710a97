"""The policy files in a form that loads at once: their trees as JSON, checked by the schema when it was written.

It lies in the user's cache folder under the digest of everything it was made from, so a changed file makes another
one. Where nothing can be written, or what lies there is damaged, the files are read as ever. Processes that start
together each write a file of their own and put it in place in one step.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from yibaobox.domain.policy.load import REGIONS, SCHEMA, build_table, checked, distinct, files, read_raw
from yibaobox.domain.policy.model import Table

_PREFIX: Final = "policy-"
_Raw = list[tuple[str, Any]]


def read_compiled(root: Path = REGIONS, cache: Path | None = None) -> list[Table]:
    """Every table below a folder, out of the cache where it holds just these files; PolicyDataError as when loading."""
    paths = files(root)
    cache = cache or cache_folder()
    place = None if cache is None else cache / f"{_PREFIX}{_digest(paths)}.json"
    raws = None if place is None else _kept(place)
    if raws is None:
        named = [(f"{path.parent.name}/{path.name}", path) for path in paths]
        raws = [(name, checked(read_raw(path), name)) for name, path in named]
        tables = distinct(build_table(raw, name) for name, raw in raws)
        if place is not None:
            _keep(place, raws)
        return tables
    return distinct(build_table(raw, name) for name, raw in raws)


def cache_folder() -> Path | None:
    """The user's cache folder for this package (XDG), or None where there is no home."""
    chosen = os.environ.get("XDG_CACHE_HOME")
    try:
        base = Path(chosen) if chosen else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / "yibaobox" if base.is_absolute() else None


def _digest(paths: Iterable[Path]) -> str:
    """What the compiled form is made from: the schema, and the name and the bytes of every file."""
    digest = hashlib.sha256(SCHEMA.read_bytes())
    for path in paths:
        contents = path.read_bytes()
        digest.update(f"{path.parent.name}/{path.name} {len(contents)}\n".encode())
        digest.update(contents)
    return digest.hexdigest()[:32]


def _kept(place: Path) -> _Raw | None:
    """The trees of a compiled file, or None when there is none or it is damaged."""
    try:
        sealed, _, text = place.read_bytes().partition(b"\n")
    except OSError:
        return None
    if sealed.decode(errors="replace") != hashlib.sha256(text).hexdigest():
        return None
    return [(name, raw) for name, raw in json.loads(text)]


def _keep(place: Path, raws: _Raw) -> None:
    """Write a compiled file in one step and drop those of other contents; no harm where that is not allowed."""
    text = json.dumps(raws, ensure_ascii=False).encode()
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="writing-", dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
            Path(name).replace(place)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        for other in place.parent.glob(f"{_PREFIX}*.json"):
            if other != place:
                other.unlink(missing_ok=True)
