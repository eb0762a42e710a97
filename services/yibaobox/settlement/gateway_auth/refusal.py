"""Refusals of signatures: the gateway's, which comes before any envelope, and the centre's, which stands in one."""

from __future__ import annotations

from typing import ClassVar, Final
from urllib.parse import quote

from yibaobox.domain.errors import Refusal

_HINT_LENGTH: Final = 1000
_PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


class SignatureRefusal(Refusal):
    """The centre does not accept the signature of a message; the answer is an envelope with infcode −1."""

    code: ClassVar[str] = "SIGNATURE_REFUSED"
    status: ClassVar[int] = 401

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self._hint = hint

    @property
    def hint(self) -> str:
        """What the sandbox tells besides, as the value of its own header: printable ASCII."""
        return quote(self._hint, safe=_PRINTABLE)[:_HINT_LENGTH]


class GatewayRefusal(SignatureRefusal):
    """The request does not pass the gateway; the body is `{"code": 401, "message": …}`, the status is assumed."""

    code: ClassVar[str] = "GATEWAY_REFUSED"
    status: ClassVar[int] = 200

    @property
    def body(self) -> dict[str, object]:
        """The JSON body."""
        return {"code": 401, "message": self.message}
