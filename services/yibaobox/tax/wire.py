"""What calls to payment channels have in common: how long is waited, and what a bad answer means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import requests

from yibaobox.domain.errors import PartyRefused, PartyTimeout, Refusal
from yibaobox.edge import strict_json

TIMEOUT_S: Final = (2, 3)  # to connect, to answer
BUSY: Final = "支付渠道暂时无法应答，请稍后查询支付结果"
UNSIGNED: Final = "支付渠道应答的签名不正确"


@contextmanager
def waiting(then: str = "查询支付结果") -> Iterator[None]:
    """Refuse with PartyTimeout where a call gets no answer; `then` is what to do later."""
    try:
        yield
    except requests.RequestException as error:
        raise PartyTimeout(f"支付渠道未在规定时间内应答，请稍后{then}") from error


def check_known(reply: requests.Response) -> None:
    """Refuse with PartyTimeout where the channel does not know itself what it did."""
    if reply.status_code >= 500:  # noqa: PLR2004 - an error of the server's
        raise PartyTimeout(BUSY)


def document(body: bytes) -> dict[str, Any]:
    """Read an answer; PartyRefused where it is no JSON object."""
    try:
        told = strict_json.loads(body)
    except Refusal:
        told = None
    if not isinstance(told, dict):
        raise PartyRefused("支付渠道的应答不是JSON对象")
    return told
