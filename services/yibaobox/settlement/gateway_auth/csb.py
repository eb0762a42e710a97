"""csb: five `_api_*` headers, the fifth an HMAC-SHA1 of the other four (national interface, gateway authentication)."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final

from yibaobox.settlement.gateway_auth.refusal import GatewayRefusal

if TYPE_CHECKING:
    from yibaobox.settlement.gateway_auth.call import Headers

SIGNED: Final = ("_api_access_key", "_api_name", "_api_timestamp", "_api_version")  # in the order of signing
SIGNATURE: Final = "_api_signature"
HEADERS: Final = (*SIGNED, SIGNATURE)
WINDOW_MS: Final = 30 * 60 * 1000
_TIMESTAMP_DIGITS: Final = 13

_MISSING: Final = "缺少服务网关的请求头!"
_TIMED_OUT: Final = "签名时间戳超时!"
_NO_USER: Final = "非法用户!"
_DIFFERENT: Final = "签名不一致!"


def presented(headers: Headers) -> bool:
    """Tell whether the request carries credentials of this kind."""
    return any(map(headers.get, HEADERS))


def verify(headers: Headers, secrets: Mapping[str, str], now_ms: int) -> str:
    """Return the access key that signed the request; GatewayRefusal otherwise. `now_ms` is wall time."""
    sent = {name: headers.get(name) or "" for name in HEADERS}
    absent = [name for name, value in sent.items() if not value]
    if absent:
        raise GatewayRefusal(_MISSING, f"missing: {', '.join(absent)}")
    _check_time(sent["_api_timestamp"], now_ms)
    secret = secrets.get(sent["_api_access_key"])
    if secret is None:
        raise GatewayRefusal(_NO_USER, f"unknown _api_access_key {sent['_api_access_key']}")
    expected = sign(string_to_sign(sent), secret)
    if not hmac.compare_digest(expected.encode(), sent[SIGNATURE].encode("latin-1", "replace")):
        raise GatewayRefusal(_DIFFERENT, _difference(sent, secret, expected))
    return sent["_api_access_key"]


def string_to_sign(values: Mapping[str, str]) -> str:
    """Return `k=v&k=v…` of the four signed headers, sorted by name."""
    return "&".join(f"{name}={values[name]}" for name in SIGNED)


def sign(text: str, secret: str) -> str:
    """Return base64(HMAC-SHA1(secret, text)). SHA-1 is what the interface prescribes."""
    return base64.b64encode(_mac(text, secret, "sha1")).decode()


def _check_time(timestamp: str, now_ms: int) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) == _TIMESTAMP_DIGITS):
        raise GatewayRefusal(_TIMED_OUT, f"_api_timestamp is not {_TIMESTAMP_DIGITS} digits: {timestamp}")
    away = int(timestamp) - now_ms
    if abs(away) > WINDOW_MS:
        raise GatewayRefusal(
            _TIMED_OUT, f"_api_timestamp is {away} ms from the gateway's {now_ms}, allowed {WINDOW_MS}"
        )


def _mac(text: str, secret: str, digest: str) -> bytes:
    # A WSGI header is its bytes read as latin-1.
    made = _keyed(secret, digest).copy()
    made.update(text.encode("latin-1", "replace"))
    return made.digest()


@lru_cache(maxsize=64)
def _keyed(secret: str, digest: str) -> hmac.HMAC:
    """Return an HMAC of nothing yet: to make one ready costs several times what it costs to use it."""
    return hmac.new(secret.encode(), digestmod=digest)


# --- the hint: which of the usual slips gives the signature that was sent

_DIGESTS: Final = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256", "HMAC-MD5": "md5"}
_ENCODINGS: Final = {
    "base64": lambda mac: base64.b64encode(mac).decode(),
    "url-safe base64": lambda mac: base64.urlsafe_b64encode(mac).decode(),
    "hex": lambda mac: mac.hex(),
    "upper-case hex": lambda mac: mac.hex().upper(),
    "base64 of hex": lambda mac: base64.b64encode(mac.hex().encode()).decode(),
}


def _difference(sent: Mapping[str, str], secret: str, expected: str) -> str:
    """Name the string to sign and the first difference, by the slip where one is recognised."""
    right = string_to_sign(sent)
    for text, (digest, algorithm), (encoding, encode) in product(_strings(sent), _DIGESTS.items(), _ENCODINGS.items()):
        if encode(_mac(text, secret, algorithm)) == sent[SIGNATURE]:
            place = (
                f"you signed: {text!r}, first difference at {first_difference(right, text)}; " if text != right else ""
            )
            return f"{place}you sent {encoding} of {digest}, base64 of HMAC-SHA1 is asked; string to sign: {right}"
    at = first_difference(expected, sent[SIGNATURE])
    sizes = f"{len(expected)} characters, you sent {len(sent[SIGNATURE])}"
    return f"signature differs at {at} ({sizes}); string to sign: {right}"


def _strings(sent: Mapping[str, str]) -> Iterator[str]:
    right = string_to_sign(sent)
    yield right
    yield right + "\n"
    yield "&".join(sent[name] for name in SIGNED)
    yield "".join(sent[name] for name in SIGNED)
    yield "".join(f"{name}{sent[name]}" for name in SIGNED)
    for order in (
        ("_api_name", "_api_version", "_api_timestamp", "_api_access_key"),  # as the specification lists them
        ("_api_name", "_api_timestamp", "_api_version", "_api_access_key"),
        *(tuple(name for name in SIGNED if name != left_out) for left_out in SIGNED),
    ):
        yield "&".join(f"{name}={sent[name]}" for name in order)


def first_difference(one: str, other: str) -> int:
    """Return the 0-based place from which two texts differ."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
