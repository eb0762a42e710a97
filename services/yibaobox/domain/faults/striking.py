"""The strike that is under way in this thread of work, for code at whose point it takes effect.

    late = striking.at("paid_not_active")
    due_us = now_us + (late["s"] if late else 0) * SECOND_US

Without a strike this costs one look at a context variable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from yibaobox.domain.faults.rules import Strike

_current: Final[ContextVar[Strike | None]] = ContextVar("strike", default=None)


def at(name: str) -> Mapping[str, Any] | None:
    """Return the parameters of the fault of this name, when it strikes the request at hand; it then counts as used."""
    strike = _current.get()
    if strike is None or strike.kind.name != name:
        return None
    strike.used = True
    return strike.params


def now() -> Strike | None:
    """Return the strike under way, if any."""
    return _current.get()


@contextmanager
def under(strike: Strike | None) -> Iterator[None]:
    """Let a strike be under way."""
    token = _current.set(strike)
    try:
        yield
    finally:
        _current.reset(token)
