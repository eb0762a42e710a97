"""Refusals that only the wire knows: the domain never says them."""

from yibaobox.domain.errors import Malformed, Refusal, Unavailable


class BadRequest(Malformed):
    """The request contradicts itself."""

    code = "BAD_REQUEST"


class WorldChoiceConflict(Malformed):
    """Header and path name different worlds."""

    code = "WORLD_CHOICE_CONFLICT"


class Unauthorized(Refusal):
    """The control API asks for its token."""

    code = "UNAUTHORIZED"
    status = 401


class ForeignOrigin(Refusal):
    """A page from elsewhere may not drive the sandbox."""

    code = "FOREIGN_ORIGIN"
    status = 403


class NoSuchRoute(Refusal):
    """No service answers at this address."""

    code = "NOT_FOUND"
    status = 404


class UnsupportedMediaType(Refusal):
    """The body is not declared as JSON."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class Busy(Unavailable):
    """The database kept refusing; the request may be sent again."""

    code = "BUSY"


class OutcomeOpen(Unavailable):
    """The connection to the database broke during the commit: done or not done, nobody knows yet."""

    code = "OUTCOME_UNKNOWN"


class StorageFull(Unavailable):
    """There is no room left to write to; nothing was done."""

    code = "STORAGE_FULL"
