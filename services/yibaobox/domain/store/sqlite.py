"""A world in one SQLite database: one process, one connection, one transaction at a time.

The WAL-reset defect of SQLite before 3.51.3 needs two connections, so there is never a second one:
`locking_mode=EXCLUSIVE` keeps other processes out of the file, and a lock file beside it says who holds it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, contextmanager, nullcontext, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from yibaobox.domain.store.disk import sync
from yibaobox.domain.store.memory import Memory
from yibaobox.domain.store.ownership import Damaged
from yibaobox.domain.store.tx import PlaceGone, Tx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection


_LOOKS: Final = 30  # after so many a world is brought to the disk although somebody writes
_BROKEN: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_LOG_PAGES: Final = 2000  # 8 MB, some 180 settlements; so much is copied back by whoever commits just then
_WORTH_COPYING: Final = 16  # transactions, where nobody asks just then: some 1 ms


class SqliteStore:
    """Transactions on one SQLite database, by one connection behind one lock."""

    dialect = "sqlite"
    own: ClassVar[bool] = True
    gives_way: ClassVar[bool] = False
    errors: ClassVar[tuple[type[Exception], ...]] = (sqlite3.Error,)

    def __init__(self, path: Path | None, *, durable: bool = False) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._open_tx: Tx | None = None
        self._claims = 0
        self._waiting = 0  # transactions that a release will commit
        self._doomed = False  # one of them was taken back, and took the others along
        self._memory = Memory()
        self._core_used = False
        self._closed = False
        self._written = 0  # transactions
        self._on_disk = -1  # of these; what an earlier owner left there nobody knows
        self._looked = 0  # at so many of them, when last asked to rest
        self._looks = 0  # since they were brought to the disk
        self._copied = 0  # of them, when the log was last copied back between two of them
        self._copies = path is not None and not durable  # else the disk would be waited for, or there is no log
        self._failed: OSError | None = None
        self._file: int | None = None
        self.raw = sqlite3.connect(
            ":memory:" if path is None else path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        for pragma in self._pragmas(durable=durable):
            self.raw.execute(f"PRAGMA {pragma}").fetchall()

    def _pragmas(self, *, durable: bool) -> list[str]:
        # Without recursive triggers INSERT OR REPLACE removes rows behind the back of the guards. Secure deletion, a
        # default of some builds, writes zeros over everything that falls out of the journal.
        pragmas = [
            "foreign_keys=ON",
            "recursive_triggers=ON",
            "secure_delete=OFF",
            "cache_size=-16384",
            "temp_store=MEMORY",
        ]
        if self.path is not None:
            # The end of the process is survived without the disk, for which each copying back of the log would wait.
            # A page that many transactions wrote is copied back once: the longer the log, the fewer pages.
            pragmas += [
                "locking_mode=EXCLUSIVE",
                "journal_mode=WAL",
                f"synchronous={'FULL' if durable else 'OFF'}",
                f"wal_autocheckpoint={_LOG_PAGES}",
            ]
        return pragmas

    def write(self) -> AbstractContextManager[Tx]:
        """Run one writing transaction: all of it or nothing."""
        return self._transaction("BEGIN IMMEDIATE", writes=True)

    def read(self) -> AbstractContextManager[Tx]:
        """Run one reading transaction."""
        return self._transaction("BEGIN", writes=False)

    @contextmanager
    def core(self) -> Iterator[Connection]:
        """Lend the connection to a migration, which begins and commits by itself."""
        with self._lock:
            self._memory.forget()
            self._written += 1  # whoever borrows it may write
            yield self._core

    @contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """Lend the bare connection to a copy, with nothing else going on."""
        with self._lock:
            assert self._open_tx is None and not self._waiting, "a copy is taken between transactions"  # noqa: PT018
            if self._closed:
                raise PlaceGone(str(self.path))
            self._memory.forget()
            self._written += 1
            yield self.raw

    def rest(self) -> bool:
        """Bring to the disk what was written, when nothing was since this was last asked; tell whether there was any.

        Where somebody writes all the time, it does so when it was asked often. OSError when the disk fails.
        """
        if self.path is None or self._written == self._on_disk:
            return False
        last, self._looked = self._looked, self._written
        self._looks += 1
        if (self._written != last and self._looks < _LOOKS) or not self.claim():
            return False
        try:
            self._to_disk()
        finally:
            self.release()
        return True

    def copy_back(self) -> bool:
        """Copy the log back into the file, before a commit has to: where some transactions wrote and nobody is about.

        Tells whether it did. It waits for nobody, the disk included.
        """
        if not self._copies or self._written - self._copied < _WORTH_COPYING or not self.claim():
            return False
        try:
            if self.pending:
                return False
            with suppress(sqlite3.Error):  # as in a commit: it stays in the log, and `rest` tells
                self._copy_back()
        finally:
            self.release()
        return True

    @property
    def pending(self) -> bool:
        """Tell whether something was written that waits for the last release."""
        return self._waiting > 0 or self._doomed

    def claim(self) -> bool:
        """Keep other threads out until `release`, when that takes no waiting; tell whether it did.

        What is written until then is committed together, by the release of the last claim.
        """
        if not self._lock.acquire(blocking=False):
            return False
        if self._open_tx is None and not self._closed:
            self._claims += 1
            return True
        self._lock.release()
        return False

    def release(self) -> bool:
        """Let the other threads in again, with the last claim; tell whether what was written meanwhile is kept."""
        self._claims -= 1
        try:
            return bool(self._claims) or self._settled()
        finally:
            self._lock.release()

    @classmethod
    def check(cls, path: Path) -> None:
        """Refuse a file whose contents do not fit together: Damaged."""
        try:
            with closing(cls(path)) as store:
                for pragma in ("integrity_check(1)", "foreign_key_check"):
                    found = store.raw.execute(f"PRAGMA {pragma}").fetchone()
                    if found not in (None, ("ok",)):
                        raise Damaged(path, " ".join(map(str, found)))
        except sqlite3.DatabaseError as reason:
            if reason.sqlite_errorcode & 0xFF not in _BROKEN:
                raise
            raise Damaged(path, str(reason)) from reason

    def settle(self) -> None:
        """Bring to the disk what was written, with nothing else going on."""
        with self._lock:
            self._to_disk()

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            core = self.__dict__.pop("_core", None)
            if core is not None:
                core.close()
            self._closed = True
            self.raw.close()
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def glance(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """Return all rows of one SELECT on remembered tables."""
        rows = self._memory.rows.get((sql, params))  # whoever changes them holds the lock until they are forgotten
        if rows is not None:
            return rows
        with self.read() as tx:
            return tx.known(sql, *params)

    def believing(self) -> AbstractContextManager[None]:
        """Do nothing: what is remembered is forgotten when it changes."""
        return nullcontext()

    @contextmanager
    def _transaction(self, begin: str, *, writes: bool) -> Iterator[Tx]:
        with self._lock:
            assert self._open_tx is None, "transactions do not nest"
            if self._closed:
                raise PlaceGone(str(self.path))
            if not self._waiting:
                self.raw.execute(begin)
            before = self.raw.total_changes
            self._open_tx = tx = Tx(self.raw, "sqlite", self._lent, self._memory, writes=writes)
            try:
                yield tx
                changed = self.raw.total_changes != before
                # PRAGMA query_only would say it sooner, but each use of it makes SQLite compile every statement anew.
                assert writes or not changed, "a read-only transaction writes nothing"
                self._end(writes=writes, changed=changed)
            except BaseException:
                self._take_back(changed=self.raw.total_changes != before)
                raise
            finally:
                self._open_tx = None
                if not self._waiting:
                    self._ended()

    def _end(self, *, writes: bool, changed: bool) -> None:
        """Commit a transaction, or leave that to the last release."""
        if self._claims and changed:
            self._waiting += 1
        elif not self._waiting:
            self.raw.execute("COMMIT" if writes else "ROLLBACK")
            self._written += changed

    def _take_back(self, *, changed: bool) -> None:
        """Undo a transaction; if it changed anything, those that wait for the same commit fall with it."""
        if self._waiting and self.raw.in_transaction and not changed:
            return
        self._memory.undone()
        self._doomed = self._doomed or self._waiting > 0
        self._waiting = 0
        if self.raw.in_transaction:
            self.raw.execute("ROLLBACK")

    def _settled(self) -> bool:
        """Commit what waits for it, or take it back, all of it; tell whether it is kept."""
        written, kept = self._waiting, not self._doomed
        self._waiting, self._doomed = 0, False
        if kept and not written:
            return True
        try:
            if kept:
                self.raw.execute("COMMIT")
                self._written += written
        except sqlite3.Error:
            kept = False
        finally:
            if self.raw.in_transaction:
                self.raw.execute("ROLLBACK")
            if not kept:
                self._memory.forget()
            self._ended()
        return kept

    def _to_disk(self) -> None:
        """Bring to the disk what was written, the log before the file: a power cut breaks nothing from then on.

        Raises OSError, then and ever after: the system tells once that the disk has failed.
        """
        if self.path is None or self._closed or self._on_disk == self._written:
            return
        if self._failed is not None:
            raise self._failed
        try:
            if (log := Path(f"{self.path}-wal")).exists():
                sync(log)  # by hand: what was copied back in passing SQLite brings nowhere
            self._copy_back()
            if self._file is None:  # kept open, for to close any handle of it would let go of SQLite's locks
                self._file = os.open(self.path, os.O_RDONLY)
            os.fsync(self._file)
        except OSError as reason:
            self._failed = reason
            raise
        self._on_disk, self._looks = self._written, 0

    def _copy_back(self) -> None:
        self._copied = self._written
        self.raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    @cached_property
    def _core(self) -> Connection:
        """The connection as SQLAlchemy has it: migrations, exchange and comparison alone ask for it."""
        from sqlalchemy import create_engine  # noqa: PLC0415 - most sandboxes need none of it, and it is a sixth of a start
        from sqlalchemy.pool import NullPool  # noqa: PLC0415 - as above

        # SQLAlchemy rolls back the first connection that it gets to know. Ours may be amid a transaction.
        met = iter((sqlite3.connect(":memory:"), self.raw))
        engine = create_engine("sqlite://", creator=lambda: next(met), poolclass=NullPool)
        engine.connect().close()
        return engine.connect()

    def _lent(self) -> Connection:
        self._core_used = True
        return self._core

    def _ended(self) -> None:
        self._memory.ended()
        if self._core_used:
            self._core.rollback()  # ends SQLAlchemy's own idea of a transaction; ours is over
            self._core_used = False
