"""Replies of the national interface held to the contract."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from yibaobox.settlement import openapi


@cache
def document() -> dict[str, Any]:
    """The contract as the code gives it; a test of its own holds the checked-in one equal to it."""
    return openapi.document("test")


@cache
def validator(infno: str, where: str) -> Draft202012Validator | None:
    """Judges what is sent to a transaction, or what it answers; nothing for one that is not served."""
    if f"/fsi/api/{infno}" not in document()["paths"]:
        return None
    return Draft202012Validator(document() | {"$ref": f"#/paths/~1fsi~1api~1{infno}/post/{where}"})


def check(message: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
    """Fail when a reply, or a message that was accepted, is not what the contract says."""
    infno = str(message.get("infno"))
    answered = validator(infno, "responses/200/content/application~1json/schema")
    asked = validator(infno, "requestBody/content/application~1json/schema")
    if answered is None or asked is None:
        return
    assert not (error := best_match(answered.iter_errors(reply))), f"{infno} answers: {error}"
    if reply.get("infcode") == 0:
        assert not (error := best_match(asked.iter_errors(message))), f"{infno} took: {error}"
