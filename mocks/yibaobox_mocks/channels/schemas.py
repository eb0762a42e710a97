"""What the channels ask for and answer with; money is whole fen, instants are RFC 3339."""

from __future__ import annotations

from typing import Any, Final

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range, Regexp

FEN_MAX: Final = 10**11
STATES: Final = ("RECEIVED", "SUCCESS", "FAILED", "REVERSED")
_NUMBER: Final = r"[0-9A-Za-z_-]{1,32}\Z"


class _Text(ma.fields.String):
    """Text, and only text, without control characters."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or not value.isprintable():
            raise self.make_error("invalid")
        return str(super()._deserialize(value, attr, data, **kwargs))


class Asked(ma.Schema):
    """Base of what is asked: an unknown key is refused."""

    class Meta:
        """Settings that marshmallow reads."""

        unknown = ma.RAISE


def _number(**more: Any) -> _Text:
    return _Text(required=True, validate=Regexp(_NUMBER), **more)


def _day() -> _Text:
    return _Text(required=True, validate=Regexp(r"[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z"))


def _fen() -> ma.fields.Integer:
    return ma.fields.Integer(required=True, strict=True, validate=Range(1, FEN_MAX))


class DebitAsked(Asked):
    """A debit: known by office, entrust date and number; `holder` is compared where it is given.

    The campus card and the kiosk ask for the card's `password`, the kiosk for its own number too.
    """

    tax_org_code = _number()
    entrust_date = _day()
    tra_no = _number()
    account_no = _number()
    amount_fen = _fen()
    summary = _Text(required=True, validate=Length(1, 100))
    holder = _Text(validate=Length(1, 50))
    password = _Text(validate=Length(1, 32))
    terminal = _Text(validate=Length(1, 32))


class ReversalAsked(Asked):
    """A reversal (冲正) of a debit by its key."""

    tax_org_code = _number()
    entrust_date = _day()
    tra_no = _number()


class RefundAsked(Asked):
    """A refund of a debit by the channel's number of it."""

    refund_no = _number()
    channel_txn = _number()
    amount_fen = _fen()


class LoadAsked(Asked):
    """Money from a bank account onto a campus card (圈存), at a kiosk."""

    account_no = _number()
    password = _Text(required=True, validate=Length(1, 32))
    bank_account_no = _number()
    amount_fen = _fen()
    terminal = _Text(required=True, validate=Length(1, 32))


class DebitShown(ma.Schema):
    """A debit: RECEIVED (ask again), SUCCESS, FAILED with `reason`, REVERSED."""

    channel = ma.fields.String(required=True)
    tax_org_code = ma.fields.String(required=True)
    entrust_date = ma.fields.String(required=True)
    tra_no = ma.fields.String(required=True)
    channel_txn = ma.fields.String(required=True)
    amount_fen = ma.fields.Integer(required=True)
    state = ma.fields.String(required=True, validate=OneOf(STATES))
    reason = ma.fields.String(required=True, allow_none=True)
    message = ma.fields.String(required=True, allow_none=True)
    at = ma.fields.String(required=True, allow_none=True)


class RefundShown(ma.Schema):
    """A refund, which is done at once."""

    channel = ma.fields.String(required=True)
    refund_no = ma.fields.String(required=True)
    channel_txn = ma.fields.String(required=True)
    amount_fen = ma.fields.Integer(required=True)
    entrust_date = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=OneOf(("SUCCESS",)))
    at = ma.fields.String(required=True)


class BalanceShown(ma.Schema):
    """What is on a card."""

    account_no = ma.fields.String(required=True)
    balance_fen = ma.fields.Integer(required=True)


class ErrorShown(ma.Schema):
    """Why a request is not taken."""

    code = ma.fields.String(required=True)
    message = ma.fields.String(required=True)
