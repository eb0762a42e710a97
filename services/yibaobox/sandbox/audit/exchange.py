"""Rules of messages (reliability §2, L6 and L9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yibaobox.sandbox.audit.rows import Rows


def effects_have_replies(rows: Rows) -> Iterator[str]:
    """L6: a settled message has its number, its reply, and no other message has the same effect."""
    owners: dict[int, str] = {}
    for institution, infno, msgid, outcome, txn_id, _, reply in rows.messages:
        name = f"{institution} {infno} {msgid}"
        if outcome != "SETTLED":
            if txn_id is not None:
                yield f"message {name} is {outcome} and has an effect"
            continue
        if txn_id is None or not reply:
            yield f"message {name} is settled without effect or reply"
        elif txn_id in owners:
            yield f"messages {name} and {owners[txn_id]} share transaction {txn_id}"
        else:
            owners[txn_id] = name


def states_are_allowed(rows: Rows) -> Iterator[str]:
    """L9: a message is settled, refused or dead, and only a settled one has been reversed."""
    reversed_ids = {posting.reverses for posting in rows.postings if posting.reverses is not None}
    for institution, infno, msgid, outcome, txn_id, _, _ in rows.messages:
        if outcome not in {"SETTLED", "REFUSED", "TOMBSTONED"}:
            yield f"message {institution} {infno} {msgid} is {outcome}"
        if txn_id in reversed_ids and outcome != "SETTLED":
            yield f"message {institution} {infno} {msgid} was reversed and is {outcome}"
