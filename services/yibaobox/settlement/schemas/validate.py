"""Validate the `input` of a transaction: compiled code accepts, marshmallow words the refusal."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from yibaobox.domain.errors import InvalidInput
from yibaobox.settlement.catalogue import Node, Profile, spec
from yibaobox.settlement.schemas.compiled import validator
from yibaobox.settlement.schemas.contract import Unknown, WireSchema, schema
from yibaobox.settlement.schemas.wording import faults, sentence


def validate(infno: str, message: Any, *, profile: Profile = "base", unknown: Unknown = "ignore") -> dict[str, Any]:
    """Return the typed values of an input: every field of the catalogue, an absent one as None (absent rows as []).

    Amounts are fen, quantities 10^-4, prices 10^-6 yuan, ratios parts per million, days dates, times aware datetimes.
    InvalidInput names the fields, for example `feedetail[2].cnt（数量）：小数位超过4位`; its detail `faults` has all.
    """
    typed = validator(infno, profile, unknown)(message)
    if typed is None:
        raise refuse(schema(infno, profile, unknown), spec(infno).asks, message)
    return typed


def refuse(contract: WireSchema, node: Node, message: Any) -> InvalidInput:
    """Return the refusal of a message that the compiled validator did not accept, in the contract's words."""
    try:
        contract.load(message)
    except ValidationError as error:
        tree = error.messages if isinstance(error.messages, dict) else {"_schema": error.messages}
        found = faults(tree, node)
        return InvalidInput(sentence(found), faults=found)
    raise AssertionError(f"{type(contract).__name__} accepts what the compiled validator refuses")
