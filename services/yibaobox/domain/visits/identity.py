"""Who sits at the window: sign-ins of operators, and the credentials that patients presented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yibaobox.domain.errors import NotFound
from yibaobox.domain.secret import hashed
from yibaobox.domain.visits.numbers import number_of

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Operator:
    """Who signs in, from where."""

    opter_no: str
    mac: str
    ip: str


def sign_in(tx: Tx, institution: str, operator: Operator) -> str:
    """Sign an operator in and return the number of the session."""
    number = tx.next_number("number")
    tx.run(
        "INSERT INTO sign_ins (institution, sign_no, opter_no, mac, ip, signed_in_us, signed_out_us)"
        " VALUES (?, ?, ?, ?, ?, ?, NULL)",
        *(institution, number, operator.opter_no, operator.mac, operator.ip, tx.now_us),
    )
    return str(number)


def sign_out(tx: Tx, institution: str, sign_no: object, opter_no: str) -> None:
    """End a session of this institution's operator; any other is as good as none."""
    number = number_of(sign_no)
    touched = tx.run(
        "UPDATE sign_ins SET signed_out_us = CASE WHEN signed_in_us > ? THEN signed_in_us ELSE ? END"
        " WHERE institution = ? AND sign_no = ? AND opter_no = ? AND signed_out_us IS NULL",
        *(tx.now_us, tx.now_us, institution, number or 0, opter_no),
    )
    if touched != 1:
        raise NotFound("签到记录不存在或已签退")


def presented(tx: Tx, institution: str, text: str, psn_no: str) -> None:
    """Remember whose code this institution redeemed; the code itself is not kept."""
    tx.run(
        "INSERT INTO presentations (institution, mark, psn_no, presented_us) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        *(institution, hashed(text), psn_no, tx.now_us),
    )


def identified(tx: Tx, institution: str, text: str) -> str | None:
    """Return the person whose code this institution redeemed, or nothing."""
    row = tx.one("SELECT psn_no FROM presentations WHERE institution = ? AND mark = ?", institution, hashed(text))
    return None if row is None else str(row[0])
