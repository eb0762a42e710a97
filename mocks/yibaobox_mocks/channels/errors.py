"""A channel does not take a request; a debit that it takes and cannot do is no error but FAILED."""

from __future__ import annotations

from typing import Final

STATUS: Final = {
    "BAD_REQUEST": 400,
    "BAD_SIGNATURE": 401,
    "NOT_FOUND": 404,
    "REPEATED_WITH_OTHER_FACTS": 409,
    "DAY_CUT": 409,
    "DAY_CLOSED": 409,
    "DAY_NOT_CUT": 409,
    "NOT_REVERSIBLE": 409,
    "NOT_REFUNDABLE": 409,
}


class ChannelError(Exception):
    """Answer with a code and a Chinese message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.status = STATUS[code]
        self.document = {"code": code, "message": message}
