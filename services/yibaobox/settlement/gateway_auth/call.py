"""What a way of authentication is shown of a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol


class Headers(Protocol):
    """What is read of a request: werkzeug's headers or any mapping."""

    def get(self, name: str, /) -> str | None:
        """Return the value of a header."""


Remember = Callable[[str, str], bool]


def nothing() -> Mapping[str, str]:
    """Return no keys."""
    return {}


def forgetful(_paasid: str, _nonce: str) -> bool:
    """Take every nonce for a new one."""
    return True


class Call(NamedTuple):
    """A request with the keys it may be signed with.

    `keys` are those of the world, `shared` gives those of the installation (they are made when first asked for);
    `now_ms` is wall time. `remember` keeps a nonce of a paasid and tells whether it is new.
    """

    headers: Headers
    keys: Mapping[str, str]
    now_ms: int
    envelope: Mapping[str, Any] = {}
    remember: Remember = forgetful
    shared: Callable[[], Mapping[str, str]] = nothing
