"""The only reader of time.

Two kinds of time are kept apart. *Wall* time dates protocol messages, nonces and signatures. *Sandbox* time is what the
insured person's calendar shows: it belongs to one world, is a row of that world's database, and follows the wall,
runs at an offset from it, or stands still. A day is a day in China, whatever the host's time zone. Stored instants
are whole microseconds since 1970-01-01T00:00:00Z (`_us`).
"""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol, cast
from zoneinfo import ZoneInfo

import isodate

from yibaobox.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
MODES: Final = ("follow", "offset", "frozen")
READ: Final = "SELECT mode, offset_us, frozen_us FROM clock WHERE id = 1"
_INSTANT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,6})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
# isodate also takes a bare P or T and a line feed at the end.
_PART: Final = r"\d+(?:[.,]\d+)?"
_DURATION: Final = re.compile(
    rf"P(?=.)(?:{_PART}W|(?:{_PART}Y)?(?:{_PART}M)?(?:{_PART}D)?(?:T(?=.)(?:{_PART}H)?(?:{_PART}M)?(?:{_PART}S)?)?)",
    re.ASCII,
)
_DURATION_MAX: Final = 64
_FIRST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2100, 1, 1, tzinfo=UTC)

Mode = Literal["follow", "offset", "frozen"]


class Rows(Protocol):
    """What the clock needs of a transaction."""

    def one(self, sql: str, *params: object) -> Sequence[object] | None:
        """Return the first row or nothing."""

    def run(self, sql: str, *params: object) -> int:
        """Execute a statement and return the number of rows it touched."""


class Reading(NamedTuple):
    """A world's clock as its row says: mode and, by mode, an offset from the wall or the instant it stands at."""

    mode: Mode
    offset_us: int
    frozen_us: int

    def now_us(self) -> int:
        """Return the sandbox instant."""
        if self.mode == "frozen":
            return self.frozen_us
        return wall_us() + (self.offset_us if self.mode == "offset" else 0)


def wall() -> datetime:
    """Return the wall's instant in Shanghai; freezegun reaches it in process."""
    return datetime.now(UTC).astimezone(SHANGHAI)


def wall_us() -> int:
    """Return the wall's instant in microseconds since the epoch."""
    return time.time_ns() // 1000


def elapsed_us() -> int:
    """Return a steady count of microseconds, for durations only."""
    return time.perf_counter_ns() // 1000


def to_us(instant: datetime) -> int:
    """Return an aware datetime as microseconds since the epoch, exactly."""
    assert instant.tzinfo is not None, "an instant knows its offset"
    return (instant - EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """Return an instant in Shanghai."""
    return (EPOCH + us * _MICROSECOND).astimezone(SHANGHAI)


@lru_cache(maxsize=256)  # a request asks several times for the day of its visit
def day_of(us: int) -> date:
    """Return the day in China that an instant falls on."""
    return from_us(us).date()


def start_of(day: date) -> int:
    """Return the first instant of a day in China, in microseconds since the epoch."""
    return to_us(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI))


def rfc3339(us: int) -> str:
    """Write an instant with the offset of China."""
    return from_us(us).isoformat()


def shifted_stamp(stamp: str, seconds: int) -> str:
    """Return a time written yyyyMMddHHmmssSSS moved by seconds."""
    moved = datetime.strptime(stamp[:14], "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI) + timedelta(seconds=seconds)
    return f"{moved:%Y%m%d%H%M%S}{stamp[14:]}"


def parse_instant(text: object) -> datetime:
    """Read an RFC 3339 instant with its offset, between 1990 and 2100."""
    if not isinstance(text, str) or _INSTANT.fullmatch(text) is None:
        raise InvalidInput("时间须为带时区的 RFC 3339 格式，例如 2025-11-20T10:00:00+08:00")
    try:
        instant = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise InvalidInput("时间不存在") from error
    return _within(instant)


def later(start: datetime, by: object) -> datetime:
    """Return an instant moved forward by an ISO 8601 duration such as P3D, PT30M or P1M (calendar months in China)."""
    if not isinstance(by, str) or len(by) > _DURATION_MAX or _DURATION.fullmatch(by) is None:
        raise InvalidInput("时长须为 ISO 8601 格式，例如 P3D、PT30M")
    try:
        duration = isodate.parse_duration(by)
        moved = start.astimezone(SHANGHAI).replace(tzinfo=None) + duration
    except (isodate.ISO8601Error, ValueError, OverflowError, ArithmeticError, TypeError) as error:
        raise InvalidInput("时长须为 ISO 8601 格式，例如 P3D、PT30M") from error
    return _within(cast("datetime", moved).replace(tzinfo=SHANGHAI))


def read(tx: Rows) -> Reading:
    """Return the world's clock; a world without a row follows the wall."""
    row = tx.one(READ)
    return reading([] if row is None else [row])


def reading(rows: Sequence[Sequence[object]]) -> Reading:
    """Return the clock that the rows of `READ` tell."""
    if not rows:
        return Reading("follow", 0, 0)
    mode, offset_us, frozen_us = rows[0]
    return Reading(cast("Mode", mode), cast("int", offset_us), cast("int", frozen_us))


def put(tx: Rows, mode: str, at_us: int | None = None) -> Reading:
    """Set the world's clock: follow the wall, run from `at_us`, or stand still at it (default: its present instant)."""
    if mode not in MODES:
        raise InvalidInput("时钟模式须为 follow、offset 或 frozen", mode=str(mode)[:32])
    if mode == "follow" and at_us is not None:
        raise InvalidInput("follow 模式跟随系统时间，不接受 at")
    target = read(tx).now_us() if at_us is None else at_us
    offset = target - wall_us() if mode == "offset" else 0
    reading = Reading(cast("Mode", mode), offset, target if mode == "frozen" else 0)
    _save(tx, reading)
    return reading


def move(tx: Rows, target_us: int) -> Reading:
    """Set the hands to an instant: a frozen clock stays frozen, any other runs on from there."""
    before = read(tx)
    return put(tx, "frozen" if before.mode == "frozen" else "offset", target_us)


def status(tx: Rows) -> dict[str, object]:
    """Return the clock as the control API shows it."""
    reading = read(tx)
    now_us = reading.now_us()
    return {"mode": reading.mode, "now": rfc3339(now_us), "today": day_of(now_us).isoformat()}


def _save(tx: Rows, reading: Reading) -> None:
    values = (reading.mode, reading.offset_us, reading.frozen_us)
    if not tx.run("UPDATE clock SET mode = ?, offset_us = ?, frozen_us = ? WHERE id = 1", *values):
        tx.run("INSERT INTO clock (id, mode, offset_us, frozen_us, lease_until_us) VALUES (1, ?, ?, ?, 0)", *values)


def _within(instant: datetime) -> datetime:
    if not _FIRST <= instant < _LAST:
        raise InvalidInput("时间须在 1990 年至 2100 年之间")
    return instant.astimezone(SHANGHAI)
