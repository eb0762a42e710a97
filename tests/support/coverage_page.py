"""docs/coverage.md: each transaction of the catalogue, whether it is served, and which fields a played one carries.

`python tests/support/coverage_page.py` writes the page; tests/settlement/test_coverage_page.py holds it true.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from boxes import local
from yibaobox.app import Settings, create_app
from yibaobox.cli import accepted
from yibaobox.cli.accepted.stage import Stage
from yibaobox.cli.stories import AT, REGIONS, Caller
from yibaobox.cli.stories.hospital import SINGLE
from yibaobox.settlement.catalogue import Node, spec, titles
from yibaobox.settlement.routes import TRANSACTIONS

PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "coverage.md"
HEAD: Final = """# Coverage of the national interface

The catalogue has {all} transactions; {served} are served. This page is written by playing the accepted request of each
(those that `yibaobox contract test` sends) and counting: of the fields that a transaction may ask for, how many that
request carries, and of those it may answer, how many came back with a value. A file that travels beside a message is
not counted. A dash: the transaction answers −1 未支持的交易 with its name.

| infno | transaction | writes | asked | answered |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the page as it should be."""
    box = local(create_app(Settings(ticker=False)))
    made = box.ask("POST", "/worlds", {"regions": list(REGIONS), "at": AT, "population": 0})["name"]
    try:
        stage = Stage(Caller(box.url, made, box.session))
        played = {each.infno: _played(stage, each.infno) for each in TRANSACTIONS}
    finally:
        box.ask("DELETE", f"/worlds/{made}")
    writes = {each.infno for each in TRANSACTIONS if each.writes}
    lines = [_line(infno, played.get(infno), infno in writes) for infno in sorted(titles(), key=_order)]
    return HEAD.format(all=len(titles()), served=len(played)) + "\n".join(lines) + "\n"


def _order(infno: str) -> tuple[int, str]:
    return int("".join(char for char in infno if char.isdigit())), infno


def _line(infno: str, counts: tuple[str, str] | None, writes: bool) -> str:
    if counts is None:
        return f"| {infno} | {titles()[infno]} |  | – | – |"
    return f"| {infno} | {titles()[infno]} | {'yes' if writes else 'no'} | {counts[0]} | {counts[1]} |"


def _played(stage: Stage, infno: str) -> tuple[str, str]:
    """Play a transaction and return how many fields were asked, and answered, of how many."""
    request = accepted.of("settlement")[f"t{infno}"](stage)
    reply = stage.caller.send("POST", SINGLE, headers=request.headers, **request.content)
    body = request.body if request.files == () else json.loads(request.form["jsonStr"])
    found = spec(infno)
    sent = _counted(found.asks, body["input"])
    if not reply.headers["Content-Type"].startswith("application/json"):
        return sent, "a file"
    told = json.loads(reply.text)
    assert told["infcode"] == 0, (infno, told["err_msg"])
    return sent, _counted(found.answers, told["output"]) if found.answers.fields else "nothing"


def _counted(node: Node, value: Any) -> str:
    every, there = set(_paths(node)), set(_carried(node, value))
    return f"{len(there & every)} of {len(every)}"


def _paths(node: Node, above: str = "") -> Iterator[str]:
    for field in node.fields:
        if field.child is None:
            yield f"{above}{field.name}"
        else:
            yield from _paths(field.child, f"{above}{field.name}.")


def _carried(node: Node, value: Any, above: str = "") -> Iterator[str]:
    for row in value if isinstance(value, list) else [value]:
        if not isinstance(row, Mapping):
            continue
        for field in node.fields:
            held = row.get(field.name)
            if field.child is not None:
                yield from _carried(field.child, held, f"{above}{field.name}.")
            elif held not in (None, "", []):
                yield f"{above}{field.name}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
