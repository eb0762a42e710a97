"""Refusals: the answers that are not a success, drawn as one family.

Refusal
├── Malformed                 400  the bytes or the shape cannot be read
│   ├── InvalidJson           400
│   └── PayloadTooLarge       413
├── InvalidInput              422  readable, but a value is not allowed
│   ├── UnknownRegion
│   ├── UnknownItem
│   └── RealisticId
├── NotFound                  404  absent, or not yours (never told apart)
│   ├── WorldNotFound
│   ├── PersonNotFound
│   └── SnapshotNotFound
├── Conflicting               409  the state does not allow it
│   ├── AlreadyExists, DuplicatePerson, MsgidConflict, InProgress
│   ├── Reversed, AlreadyReversed, Tombstoned, NotFoundTombstoned, LaterSettlementExists
│   ├── InsufficientBalance, AlreadyEnrolled, DuplicateApplication, FamilyFull, AlreadyPaid, CorrectionLimit
│   ├── AlreadyAdmitted, StayClosed
│   ├── PresettleStale        409  the split is no longer the one that was quoted
│   └── CodeExpired, CodeUsed 409  a short-lived code that can no longer be used
├── AmountMismatch            422  amounts that do not add up, or are not the ones computed
├── WindowClosed, DeadlinePassed, NothingDue, TierBelowPaid   422
├── NotEligible               422  no entitlement on that day
├── NotSignedIn               401  no session, or one that has ended
├── CheckFailed               403  a face, a captcha or a password that does not match
│   ├── NotLinked             403  a wallet's user whom no account claims
│   └── LockedOut             429  too many failures
├── TooMany                   429  asked for too often
├── PolicyGap                 422  no value in force for that day
└── Unavailable               503
    ├── PartyTimeout          504  an outside party did not answer in time
    ├── PartyRefused          502  an outside party does not take the request
    └── LedgerBroken          503  the books do not balance: read only

A refusal is theirs to hear; an assertion is ours to keep. Codes are added to, never renamed (control-api, Vocabulary).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar


class Refusal(Exception):
    """Answer a request with a code and a Chinese message instead of a result."""

    code: ClassVar[str] = "REFUSED"
    status: ClassVar[int] = 422

    def __init__(self, message: str, **detail: object) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class Malformed(Refusal):
    """The bytes or the shape of a message cannot be read."""

    code = "MALFORMED"
    status = 400


class InvalidJson(Malformed):
    """The body is not the strict JSON that every interface here asks for."""

    code = "INVALID_JSON"


class PayloadTooLarge(Malformed):
    """The body is longer than the interface allows."""

    code = "PAYLOAD_TOO_LARGE"
    status = 413


class InvalidInput(Refusal):
    """A value is readable but not allowed."""

    code = "INVALID_INPUT"


class UnknownRegion(InvalidInput):
    """The code names no pooling area of this sandbox."""

    code = "UNKNOWN_REGION"


class UnknownItem(InvalidInput):
    """The code names no drug, service or consumable of the catalogue."""

    code = "UNKNOWN_ITEM"


class RealisticId(InvalidInput):
    """The identity number could belong to a living person."""

    code = "REALISTIC_ID"


class NotFound(Refusal):
    """The thing does not exist, or is not the asker's to see."""

    code = "NOT_FOUND"
    status = 404


class WorldNotFound(NotFound):
    """No world of that name."""

    code = "WORLD_NOT_FOUND"


class PersonNotFound(NotFound):
    """No person of that number."""

    code = "NOT_FOUND"


class SnapshotNotFound(NotFound):
    """No snapshot of that name in this world."""

    code = "SNAPSHOT_NOT_FOUND"


class Conflicting(Refusal):
    """The present state does not allow the request."""

    code = "CONFLICT"
    status = 409


class AlreadyExists(Conflicting):
    """The name is taken."""

    code = "ALREADY_EXISTS"


class DuplicatePerson(Conflicting):
    """The identity number belongs to a person of this world already."""

    code = "DUPLICATE_PERSON"


class MsgidConflict(Conflicting):
    """The msgid was used before with another body."""

    code = "MSGID_CONFLICT"


class InProgress(Conflicting):
    """The same request is being handled at this moment."""

    code = "IN_PROGRESS"


class Reversed(Conflicting):
    """The transaction of this msgid was reversed and can never settle again."""

    code = "REVERSED"


class AlreadyReversed(Conflicting):
    """The transaction was reversed before."""

    code = "ALREADY_REVERSED"


class Tombstoned(Conflicting):
    """The msgid was reversed before it ever arrived."""

    code = "TOMBSTONED"


class LaterSettlementExists(Conflicting):
    """The region reverses in last-in first-out order only."""

    code = "LATER_SETTLEMENT_EXISTS"


class InsufficientBalance(Conflicting):
    """An account that may not go below zero would."""

    code = "INSUFFICIENT_BALANCE"


class NotFoundTombstoned(NotFound):
    """The msgid to reverse was never seen; from now on it is dead."""

    code = "NOT_FOUND_TOMBSTONED"


class AlreadyEnrolled(Conflicting):
    """The person takes part in basic insurance elsewhere."""

    code = "ALREADY_ENROLLED"


class DuplicateApplication(Conflicting):
    """The same application is being reviewed or was approved."""

    code = "DUPLICATE_APPLICATION"


class FamilyFull(Conflicting):
    """The giver has as many members as the region allows."""

    code = "FAMILY_FULL"


class AlreadyPaid(Conflicting):
    """The bill is paid."""

    code = "ALREADY_PAID"


class CorrectionLimit(Conflicting):
    """The tier was corrected as often as the region allows."""

    code = "CORRECTION_LIMIT"


class AlreadyAdmitted(Conflicting):
    """The person lies in a hospital already, or the days overlap with another stay."""

    code = "ALREADY_ADMITTED"


class StayClosed(Conflicting):
    """The stay was settled for good; its settlement is reversed first."""

    code = "STAY_CLOSED"


class PresettleStale(Conflicting):
    """The split is no longer the one that the pre-settlement quoted."""

    code = "PRESETTLE_STALE"


class CodeExpired(Conflicting):
    """The code or token lived its time."""

    code = "CODE_EXPIRED"


class CodeUsed(Conflicting):
    """The code was used; it works once."""

    code = "CODE_USED"


class AmountMismatch(Refusal):
    """Amounts do not add up, or are not the ones that were computed."""

    code = "AMOUNT_MISMATCH"


class WindowClosed(Refusal):
    """The window of payment or registration is closed on that day."""

    code = "WINDOW_CLOSED"


class DeadlinePassed(Refusal):
    """The deadline of the request has passed."""

    code = "DEADLINE_PASSED"


class NothingDue(Refusal):
    """There is nothing to pay."""

    code = "NOTHING_DUE"


class TierBelowPaid(Refusal):
    """The wanted tier is below what was paid."""

    code = "TIER_BELOW_PAID"


class NotSignedIn(Refusal):
    """There is no session, or it has ended."""

    code = "NOT_SIGNED_IN"
    status = 401


class CheckFailed(Refusal):
    """A face, a captcha, a code or a password does not match."""

    code = "CHECK_FAILED"
    status = 403


class LockedOut(CheckFailed):
    """Too many failures: the door is closed for a while."""

    code = "LOCKED_OUT"
    status = 429


class NotLinked(CheckFailed):
    """The user of the wallet is nobody's account yet."""

    code = "NOT_LINKED"


class TooMany(Refusal):
    """The same was asked for too often; `retry_after` says in how many seconds it may be asked again."""

    code = "TOO_MANY_REQUESTS"
    status = 429


class NotEligible(Refusal):
    """The person has no entitlement on that day."""

    code = "NOT_ELIGIBLE"


class PolicyGap(Refusal):
    """No value is in force for that parameter, region and day."""

    code = "POLICY_GAP"


class Unavailable(Refusal):
    """The sandbox cannot answer just now."""

    code = "UNAVAILABLE"
    status = 503


class PartyTimeout(Unavailable):
    """An outside party did not answer in time; nothing was decided."""

    code = "PARTY_TIMEOUT"
    status = 504


class PartyRefused(Unavailable):
    """An outside party does not take the request, or its answer cannot be trusted."""

    code = "PARTY_REFUSED"
    status = 502


class LedgerBroken(Unavailable):
    """The audit found the books out of balance, so the world is read only."""

    code = "LEDGER_INVARIANT_BROKEN"


def descent(refusal: type[Refusal] = Refusal, depth: int = 0) -> Iterator[tuple[int, type[Refusal]]]:
    """Yield a refusal and all that descend from it, parents first, with how deep each stands."""
    yield depth, refusal
    for child in refusal.__subclasses__():
        yield from descent(child, depth + 1)
