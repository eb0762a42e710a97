"""What a failed test is told of its sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from yibaobox.testing.box import Box

_LAST: Final = 10


def section(box: Box) -> str:
    """Return the clock, the last requests and the faults that fired, a line each; never raise."""
    try:
        return "\n".join(_lines(box))
    except Exception as error:  # noqa: BLE001 - the report of a failure must not hide the failure
        return f"the sandbox cannot be asked any more: {error!r}"


def _lines(box: Box) -> Iterator[str]:
    rows, shown = box.requests.all(limit=_LAST), box.clock.shown()
    yield f"world {box.world} at {box.url}, clock {shown['mode']} {shown['now']}"
    yield f"last requests, newest first ({len(rows)}):" if rows else "no request reached it"
    yield from (f"  {_request(row)}" for row in rows)
    fired = box.faults.log()
    yield "faults fired, newest first:" if fired else "no fault fired"
    yield from (f"  {each['at']} {each['name']} trace {each['trace']}" for each in fired[:_LAST])


def _request(row: dict[str, Any]) -> str:
    code = f" {row['code']}" if row["code"] else ""
    return f"{row['at']} {row['method']} {row['path']} -> {row['status']}{code} ({row['op']}, trace {row['trace']})"
