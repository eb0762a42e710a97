"""The journal's front: requests wait in memory for a moment and are masked and written in batches.

One database transaction per request would cost more than the request. Rows are written every 200 ms, when 200 have
gathered, before the journal is read and at the end; what waits is bounded, the oldest fall out first. Bodies wait
unmasked in memory only. A thread that answers many requests writes what waits between two of them, or in turns with
them: another thread's writing would be in the way of each of its statements.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import parse_qsl
from weakref import WeakKeyDictionary

from yibaobox.domain import clock
from yibaobox.domain import journal as ring
from yibaobox.domain.errors import Refusal
from yibaobox.domain.store import Conflict, Occupied, PlaceGone
from yibaobox.edge import logs, masks, strict_json

if TYPE_CHECKING:
    from yibaobox.domain.store import Store, World

INTERVAL_S: Final = 0.2
_INTERVAL_US: Final = int(INTERVAL_S * 1_000_000)
BATCH: Final = 200
Moment = Literal["passing", "idle", "turns"]
HANDFUL: Final = 16  # written in passing: some 1.5 ms
BIT: Final = 8  # written when nobody asks, for somebody may any moment: some 1 ms
# How many have to wait for it to be worth while. In turns with requests it is a transaction of its own.
_ENOUGH: Final[dict[Moment, int]] = {"passing": HANDFUL, "idle": 1, "turns": 2 * HANDFUL}
WAITING_MAX: Final = 2_000
EXCERPT_MAX: Final = 1 << 16
_TREE_MAX: Final = 1 << 13  # bytes of a body whose tree may wait; a tree takes ten times as much
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_OFTEN: Final = 512  # characters of headers that may well come again
_PERSON: Final = re.compile(r"\d{20}", re.ASCII)
_TEXTUAL: Final = (
    _JSON,
    "application/problem+json",
    _FORM,
    "text/plain",
    "",
)
_log: Final = logs.logger()


@lru_cache(maxsize=128)
def _kind(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


@dataclass(slots=True)
class Body:
    """The beginning of a body as it came over the wire."""

    data: bytes
    size: int
    media_type: str = ""

    @classmethod
    def of(cls, data: bytes, media_type: str) -> "Body":
        """Keep what an excerpt may need."""
        return cls(data[:EXCERPT_MAX], len(data), media_type)

    @property
    def kind(self) -> str:
        """The media type without its parameters."""
        return _kind(self.media_type)


@dataclass(slots=True)
class Entry:
    """A request and its answer, unmasked."""

    world: "World"
    rec_at_us: int
    trace: str
    op: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    request: Body
    status: int
    code: str | None
    duration_us: int
    reply: Body
    person: str | None = None
    tree: object = None  # the request's body where it was read as JSON, as whole as it came
    told: tuple[bytes, object] | None = None  # what was meant as the reply's body, and the tree it was written from
    why: Mapping[str, object] = field(default_factory=dict)  # the detail of a refusal that its reply has no place for
    near_miss: Mapping[str, str] | None = None


@dataclass
class Journal:
    """Gathers entries and writes them to the rings of their worlds. Without a ticker it writes full batches only."""

    ticking: bool = True
    _waiting: deque[Entry] = field(default_factory=lambda: deque(maxlen=WAITING_MAX))
    _writing: threading.Lock = field(default_factory=threading.Lock)
    _starting: threading.Lock = field(default_factory=threading.Lock)
    _wake: threading.Event = field(default_factory=threading.Event)
    _ticker: threading.Thread | None = None
    _relieved_us: int = 0
    _unweighed: WeakKeyDictionary["Store", int] = field(default_factory=WeakKeyDictionary)  # bytes, by world
    _closed: bool = False

    def add(self, entry: Entry) -> None:
        """Take an entry; it is written soon."""
        if entry.request.size > _TREE_MAX:
            entry.tree = None
        if entry.reply.size > _TREE_MAX:
            entry.told = None
        self._waiting.append(entry)
        if not self.ticking:
            if len(self._waiting) >= BATCH:
                self.flush()
            return
        if self._ticker is None:
            self._start()
        if len(self._waiting) >= BATCH:
            self._wake.set()

    def flush(self) -> None:
        """Write what waits. Returns when it, and what another thread is writing, is written."""
        with self._writing:
            for entries in self._taken():
                self._store(entries)

    def relief(self, moment: Moment) -> Callable[[], bool] | None:
        """Return what writes what waits, in turns all of it, and tells whether it did; nothing for too few.

        It waits for nobody, or, in turns, is to be run in a flow, which gives way where it does.
        """
        if len(self._waiting) < _ENOUGH[moment] or self._writing.locked():
            return None
        if moment == "turns":
            return partial(self._relieve, self._write_in_turns)
        return partial(self._relieve, partial(self._write_here, BIT if moment == "idle" else WAITING_MAX))

    def _relieve(self, write: Callable[[], bool]) -> bool:
        if not self._writing.acquire(blocking=False):
            return False
        try:
            if not (self._waiting and write()):
                return False
            self._relieved_us = clock.elapsed_us()
            return True
        finally:
            self._writing.release()

    def _write_here(self, at_most: int) -> bool:
        """Write what waits for the first world, where nobody has to be waited for."""
        world = self._waiting[0].world
        if not (world.store.own and world.store.claim()):
            return False  # the ticker waits for it
        entries: list[Entry] = []
        try:
            while self._waiting and self._waiting[0].world is world and len(entries) < at_most:
                entries.append(self._waiting.popleft())
            self._store(entries)
        finally:
            if not world.store.release():
                _log.error("journal", lost=len(entries))
        return True

    def _write_in_turns(self) -> bool:
        left = deque(self._taken())
        try:
            while left:
                self._store(left[0])
                left.popleft()
        except Occupied:  # a connection has to be opened first, by a thread: the ticker's is there the next time
            entries = list(chain.from_iterable(left))
            room = WAITING_MAX - len(self._waiting)
            self._waiting.extendleft(reversed(entries[max(len(entries) - room, 0) :]))
            self._wake.set()
            return False
        return True

    def _taken(self) -> Iterable[list[Entry]]:
        """Take what waits, by world."""
        worlds: dict[str, list[Entry]] = {}
        while self._waiting:
            entry = self._waiting.popleft()
            worlds.setdefault(entry.world.name, []).append(entry)
        return worlds.values()

    def _store(self, entries: list[Entry]) -> None:
        """Write the entries of one world; a journal that cannot be written never fails a request."""
        world = entries[-1].world
        rows = [_row(entry) for entry in entries]
        for _ in range(3):
            try:
                with world.write() as tx:
                    reading = clock.read(tx)
                    unweighed = self._unweighed.get(world.store, ring.WEIGHED_EVERY)
                    unweighed += ring.append(tx, [_dated(row, reading) for row in rows])
                    if unweighed >= ring.WEIGHED_EVERY:
                        ring.weigh(tx)
                        unweighed = 0
                self._unweighed[world.store] = unweighed
            except Conflict:
                continue
            except Occupied:
                raise
            except (PlaceGone, Refusal):
                pass  # the world is gone, or read only: nowhere to write to
            except Exception as error:  # noqa: BLE001 - see above; the rows are lost, the reason is not
                _log.error("journal", lost=len(rows), **logs.frames(error))
            return

    def close(self) -> None:
        """Write the rest and stop the ticker."""
        self._closed = True
        self._wake.set()
        if self._ticker is not None:
            self._ticker.join()
        self.flush()

    def _start(self) -> None:
        with self._starting:
            if self._ticker is None and not self._closed:
                self._ticker = threading.Thread(target=self._tick, name="journal", daemon=True)
                self._ticker.start()

    def _tick(self) -> None:
        while not self._closed:
            left_us = self._left_us()
            woken = self._wake.wait(left_us / 1_000_000 if left_us > 0 else INTERVAL_S)
            self._wake.clear()
            if woken or self._left_us() <= 0:
                self.flush()

    def _left_us(self) -> int:
        """Return for how long what came since it was last written in passing may wait."""
        return self._relieved_us + _INTERVAL_US - clock.elapsed_us()


def _dated(row: ring.Request, reading: clock.Reading) -> ring.Request:
    """Put the sandbox's instant beside the wall's, as the clock stands now."""
    if reading.mode == "frozen":
        row.biz_at_us = reading.frozen_us
    else:
        row.biz_at_us = row.rec_at_us + (reading.offset_us if reading.mode == "offset" else 0)
    return row


def _row(entry: Entry) -> ring.Request:
    known = entry.tree is not None and entry.request.kind != _FORM
    asked, hidden = masks.told_apart(entry.tree if known else _tree(entry.request))
    headers, named = _headers(entry.headers)
    query, given = _query(entry.query)
    path = masks.path(entry.path)
    taints = sorted(hidden.union(named, given), key=len, reverse=True)
    beside = "\n".join((query, path, *headers.values()))
    quoted = taints if any(taint in beside for taint in taints) else ()
    detail: dict[str, object] = {
        "query": masks.without(query, quoted),
        "headers": {name: masks.without(value, quoted) for name, value in headers.items()} if quoted else headers,
        "request": _shown(entry.request, asked),
        "response": _replied(entry, taints),
    }
    if entry.why:
        why = Body.of(json.dumps(entry.why, ensure_ascii=False, default=str).encode("utf-8", "replace"), _JSON)
        detail["why"] = _told(why, taints)
    if entry.near_miss:
        detail["near_miss"] = {name: masks.without(text, taints) for name, text in entry.near_miss.items()}
    return ring.Request(
        biz_at_us=entry.rec_at_us,
        rec_at_us=entry.rec_at_us,
        trace=entry.trace,
        op=masks.closed_text(entry.op)[:60],
        method=entry.method,
        path=masks.without(path, quoted)[:300],
        status=entry.status,
        code=entry.code,
        duration_us=entry.duration_us,
        psn_no=entry.person if entry.person and _PERSON.fullmatch(entry.person) else None,
        detail=detail,
    )


def _headers(given: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
    """Return headers as they are shown, and what is hidden of them."""
    pairs = tuple(given.items())
    often = sum(map(len, given.values())) <= _OFTEN
    return _headers_often(pairs) if often else _headers_shown(pairs)


def _headers_shown(pairs: tuple[tuple[str, str], ...]) -> tuple[dict[str, str], set[str]]:
    return {name: masks.closed_text(value) for name, value in pairs}, masks.told_apart(dict(pairs))[1]


_headers_often: Final = lru_cache(maxsize=256)(_headers_shown)  # most clients send the same ones with every request


def _query(raw: str) -> tuple[str, set[str]]:
    """Return a query string as it is shown, and what is hidden of it."""
    if not raw:
        return "", set()
    return masks.query(raw), masks.told_apart(dict(parse_qsl(raw, keep_blank_values=True)))[1]


def _shown(body: Body, masked: Any) -> str:
    """Return the excerpt of a request, whose masked tree is known where it has one."""
    if not body.data:
        return ""
    if body.kind == _JSON and masked is not None:
        return masks.excerpt(masked)
    return masks.body(body.data, body.media_type)


def _replied(entry: Entry, taints: Iterable[str]) -> str:
    """Return the excerpt of the reply, which is not read again unless something else was sent than was meant."""
    if entry.told is None or entry.told[0] != entry.reply.data:
        return _told(entry.reply, taints)
    return masks.without(masks.document(entry.told[1], ours=True), taints)


def _told(body: Body, taints: Iterable[str]) -> str:
    """Return the excerpt of what we said, without what it quotes of the request."""
    if not body.data:
        return ""
    if body.kind not in _TEXTUAL:
        return f"<{body.kind} {body.size} bytes>"
    return masks.without(masks.body(body.data, body.media_type, ours=True), taints)


def _tree(body: Body) -> Any:
    if body.kind == _FORM:
        return dict(parse_qsl(body.data.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        return strict_json.loads_to_show(body.data) if body.data else None
    except Refusal:
        return None
