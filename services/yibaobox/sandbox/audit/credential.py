"""Rules of the electronic credential, from raw rows: codes and numbers are used once and within their lives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yibaobox.sandbox.audit.rows import Rows


def spent_within_their_lives(rows: Rows) -> Iterator[str]:
    """C1: a code, an authorisation code or a payment number was used after it was issued and before it lapsed."""
    for name in ("ec_codes", "auth_codes", "pay_auths"):
        for psn_no, issued_us, expires_us, used_us in rows.subjects[name]:
            if used_us is not None and not issued_us <= used_us <= expires_us:
                yield f"a row of {name} of {psn_no[:6]} was used outside its life"


def relatives_are_bound_once(rows: Rows) -> Iterator[str]:
    """C2: a holder shows a relative once, nobody themselves, and what is active was activated."""
    live: Counter[tuple[str, str]] = Counter()
    for holder, member, state, created_us, activated_us, ended_us in rows.subjects["ec_members"]:
        live[holder, member] += state != "ENDED"
        if holder == member or (state == "ENDED") != (ended_us is not None):
            yield f"a binding of {holder[:6]} is with oneself, or ended without saying when"
        if state == "ACTIVE" and (activated_us is None or activated_us < created_us):
            yield f"a binding of {holder[:6]} is active and was not activated"
    yield from (
        f"a holder of {key[0][:6]} has added one relative {count} times" for key, count in live.items() if count > 1
    )


def serial_numbers_are_unique(rows: Rows) -> Iterator[str]:
    """C3: every decoding has a serial number of its own, and each payment number belongs to one of its patient."""
    owners = {row[1]: row[0] for row in rows.subjects["decodings"]}
    if len(owners) != len(rows.subjects["decodings"]):
        yield "two decodings have one serial number"
    for psn_no, auth_no in rows.subjects["pay_auth_serials"]:
        if owners.get(auth_no) != psn_no:
            yield f"a payment number of {psn_no[:6]} belongs to no decoding of its patient"


RULES: Final[dict[str, Callable[[Rows], Iterator[str]]]] = {
    "C1": spent_within_their_lives,
    "C2": relatives_are_bound_once,
    "C3": serial_numbers_are_unique,
}
