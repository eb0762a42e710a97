"""A notification of Alipay, read as an application reads it: the signature verified, the form as a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from yibaobox.edge import signing


def read(body: bytes, keys: Mapping[str, Any]) -> tuple[bool | None, dict[str, str] | None]:
    """Return whether the gateway signed a form, and what it says; nothing of what is no notification of Alipay."""
    told = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if "notify_id" not in told or "sign" not in told:
        return None, None
    plain = {name: value for name, value in told.items() if name not in ("sign", "sign_type")}
    held = signing.holds(keys["ali_pub"], signing.plain(plain).encode(), told["sign"])
    return held, plain if held else None
