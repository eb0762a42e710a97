"""A transaction that steps through what statements can be: announced, asked, written behind one another, taken back."""

from __future__ import annotations

from typing import Any

PUT = "INSERT INTO settings (name, value) VALUES (?, ?)"
READ = "SELECT value FROM settings WHERE name = ?"
CHANGE = "UPDATE settings SET value = ? WHERE name = ?"
STEPS = ("ahead", "ask", "put", "run", "lock", "many", "savepoint", "back")


class Stepping:
    """A transaction and what two of its rows must hold by now."""

    def __init__(self, tx: Any, names: tuple[str, str] = ("fore", "more")) -> None:
        self.tx, self.names = tx, names
        self.fore, self.more = names
        self.truth: dict[str, str | None] = {self.fore: "0", self.more: None}
        self.kept: dict[str, str | None] | None = None
        tx.run(PUT, self.fore, "0")

    def ahead(self, _: str) -> None:
        self.tx.ahead(*[(READ, (name,)) for name in self.names])

    def ask(self, _: str) -> None:
        assert {name: row and row[0] for name in self.names for row in [self.tx.one(READ, name)]} == self.truth

    def put(self, value: str) -> None:
        self.tx.put(CHANGE, value, self.fore)
        self.truth[self.fore] = value

    def run(self, value: str) -> None:
        assert self.tx.run(CHANGE, value, self.fore) == 1
        self.truth[self.fore] = value

    def lock(self, _: str) -> None:
        assert self.tx.one(f"{READ}{self.tx.for_update}", self.fore) == (self.truth[self.fore],)

    def many(self, value: str) -> None:
        if self.truth[self.more] is None:
            self.tx.many(PUT, [(self.more, value)])
            self.truth[self.more] = value

    def savepoint(self, _: str) -> None:
        self.tx.run("SAVEPOINT here")
        self.kept = dict(self.truth)

    def back(self, _: str) -> None:
        if self.kept is not None:
            self.tx.run("ROLLBACK TO SAVEPOINT here")
            self.truth = dict(self.kept)
