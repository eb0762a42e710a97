"""What the router knows of the request at hand, for views."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from flask import request

from yibaobox.domain.errors import NotSignedIn
from yibaobox.domain.store import Occupied

if TYPE_CHECKING:
    from yibaobox.domain.store import World

WORLD: Final = "yibaobox.world"
TRACE: Final = "yibaobox.trace"
RAW_TARGET: Final = "yibaobox.raw_target"
TARGET: Final = "yibaobox.target"
SERVICES: Final = "yibaobox.services"
JOURNAL: Final = "yibaobox.journal"
BROKEN: Final = "yibaobox.broken"
NOTE: Final = "yibaobox.note"
HOME: Final = "yibaobox.home"  # in process: the name of the world meant by a request that names none
WAIT: Final = "yibaobox.wait"  # in process: lets a client wait without spending time, see `faulting.wait`
KEPT: Final = "yibaobox.kept"  # of a claimed request: what is to be done once its effect is committed
GIVES_WAY: Final = "yibaobox.gives_way"  # of a request that may be run in a flow: whether it is
EARLIER: Final = "yibaobox.earlier"  # the note of the run before, of a request that a flow left to a thread
LINE: Final = "yibaobox.line"  # a server's dict of what is still to be done to the reply, see `faulting`
INSIDE: Final = "yibaobox.inside"  # the request comes from this process itself
UNSTRUCK: Final = "yibaobox.unstruck"  # a fault's own requests are not struck
_BEARER: Final = "Bearer "


def in_loop(environ: Mapping[str, Any]) -> bool:
    """Tell whether the thread of an event loop runs a request: it may not be kept for long."""
    return KEPT in environ or bool(environ.get(GIVES_WAY))


def leave(environ: Mapping[str, Any]) -> None:
    """Raise Occupied where a flow runs a request: what follows lets time pass, which is for a thread."""
    if environ.get(GIVES_WAY):
        raise Occupied


def world() -> "World":
    """Return the world that this request chose."""
    return cast("World", request.environ[WORLD])


def trace() -> str:
    """Return the trace id of this request."""
    return str(request.environ.get(TRACE, ""))


def targets() -> tuple[str, ...]:
    """Return the request target as sent, and without `/w/<world>`: a signature may cover either."""
    raw = str(request.environ.get(RAW_TARGET) or request.full_path.removesuffix("?"))
    bare = str(request.environ.get(TARGET) or raw)
    return (raw,) if raw == bare else (raw, bare)


def note(**facts: Any) -> None:
    """Add facts to this request's row in the journal: `op` (usually infno or endpoint), `person`, `why` refused."""
    request.environ.setdefault(NOTE, {}).update(facts)


def bearer(otherwise: str) -> str:
    """Return the bearer token of this request; refuse one without in the words given (NOT_SIGNED_IN)."""
    header = request.headers.get("Authorization", "")
    if not header.startswith(_BEARER):
        raise NotSignedIn(otherwise)
    return header.removeprefix(_BEARER)


def flush_journal() -> None:
    """Write what the journal still holds in memory; call before reading it."""
    journal = request.environ.get(JOURNAL)
    if journal is not None:
        journal.flush()
