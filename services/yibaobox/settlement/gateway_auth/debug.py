"""Signatures of the national interface's gateways, made, and explained where they do not hold."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as crypto_hmac

from yibaobox.settlement.gateway_auth import csb, sm2, tif
from yibaobox.settlement.gateway_auth.body_sign import canonical
from yibaobox.settlement.gateway_auth.steps import Step, Way, present, signature, window

KINDS: Final = ("csb", "tif", "body-sign")
_ENCODINGS: Final[Mapping[str, Callable[[bytes], str]]] = {
    "base64": lambda raw: base64.b64encode(raw).decode(),
    "url-safe base64": lambda raw: base64.urlsafe_b64encode(raw).decode(),
    "hex": lambda raw: raw.hex(),
    "upper-case hex": lambda raw: raw.hex().upper(),
    "base64 of hex": lambda raw: base64.b64encode(raw.hex().encode()).decode(),
}


def make_csb(infno: str, keys: Mapping[str, str], now_ms: int) -> dict[str, str]:
    """Return the five headers of a csb call."""
    sent = {
        "_api_access_key": keys["access_key"],
        "_api_name": infno,
        "_api_timestamp": str(now_ms),
        "_api_version": "1.0.0",
    }
    return sent | {csb.SIGNATURE: csb.sign(csb.string_to_sign(sent), keys["secret_key"])}


def make_tif(nonce: str, keys: Mapping[str, str], now_ms: int) -> dict[str, str]:
    """Return the four headers of a tif call."""
    stamp = str(now_ms // 1000)
    sent = {"x-tif-paasid": keys["paasid"], "x-tif-timestamp": stamp, "x-tif-nonce": nonce}
    return sent | {tif.SIGNATURE: tif.sign(stamp, keys["token"], nonce)}


def make_body(envelope: Mapping[str, Any], keys: Mapping[str, str]) -> str:
    """Return the `cainfo` of a message: base64 of the plain SM2 signature over its canonical string."""
    made = sm2.sign(canonical(envelope).encode(), int(keys["sm2_key"], 16))
    return base64.b64encode(sm2.raw(made)).decode()


def explain_csb(headers: Mapping[str, str], keys: Mapping[str, str], now_ms: int) -> list[Step]:
    """Check a csb call step by step."""
    sent = {name: str(headers.get(name) or "") for name in csb.HEADERS}
    known = sent["_api_access_key"] == keys["access_key"]
    right = Way("as asked", csb.string_to_sign(sent), "HMAC-SHA1", "base64")
    ways = (Way(*text, *how) for text, how in product(_csb_texts(sent), product(_MACS, _ENCODINGS)))
    return [
        present(headers, sent),
        window(sent["_api_timestamp"], now_ms, csb.WINDOW_MS, 13, "ms"),
        Step("key", known, keys["access_key"], sent["_api_access_key"]),
        *signature(right, ways, sent[csb.SIGNATURE], lambda way: _csb_made(way, keys["secret_key"])),
    ]


def explain_tif(headers: Mapping[str, str], keys: Mapping[str, str], now_ms: int) -> list[Step]:
    """Check a tif call step by step; either case of the hex digits is taken."""
    sent = {name: str(headers.get(name) or "") for name in tif.HEADERS}
    stamp, nonce = sent["x-tif-timestamp"], sent["x-tif-nonce"]
    upper = sent[tif.SIGNATURE] == sent[tif.SIGNATURE].upper() != sent[tif.SIGNATURE].lower()
    right = Way(
        "as asked", tif.string_to_sign(stamp, keys["token"], nonce), "SHA-256", "upper-case hex" if upper else "hex"
    )
    texts = _tif_texts(stamp, keys["token"], nonce)
    ways = (Way(*text, *how) for text, how in product(texts, product(_DIGESTS, _ENCODINGS)))
    return [
        present(headers, sent),
        window(stamp, now_ms // 1000, tif.WINDOW_S, 10, "s"),
        Step("key", sent["x-tif-paasid"] == keys["paasid"], keys["paasid"], sent["x-tif-paasid"]),
        *signature(right, ways, sent[tif.SIGNATURE], _tif_made),
    ]


def explain_body(envelope: Mapping[str, Any], keys: Mapping[str, str]) -> list[Step]:
    """Check the SM2 signature in `cainfo` step by step."""
    sent, right = str(envelope.get("cainfo") or ""), canonical(envelope)
    if not sent:
        return [Step("cainfo", ok=False, expected="base64 of r and s, 64 bytes", note="it is empty")]
    read = [(name, found) for name, found in _read(sent)]
    if not read:
        return [Step("encoding", ok=False, expected="base64 of r and s, 64 bytes", given=sent, note="cannot be read")]
    public = sm2.read_public(keys["sm2_pub"])
    for (encoding, found), (said, text), (who, signer) in product(read, _body_texts(envelope), _SIGNERS):
        if sm2.verify(text.encode(), found, public, signer):
            return [
                Step("canonical string", text == right, right, text, said),
                Step("signer", signer == sm2.SIGNER, sm2.SIGNER.decode(), who),
                Step("encoding", encoding == "base64", "base64 of r and s", encoding),
                Step("signature", ok=True),
            ]
    return [
        Step("canonical string", None, right, note="no usual slip gives what was sent: is it the right key?"),
        Step("encoding", read[0][0] == "base64", "base64 of r and s", read[0][0]),
        Step("signature", ok=False, expected="of the key whose public half is " + keys["sm2_pub"], given=sent),
    ]


def _csb_texts(sent: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    right = csb.string_to_sign(sent)
    yield "as asked", right
    yield "a line feed at the end", right + "\n"
    yield "values without names", "&".join(sent[name] for name in csb.SIGNED)
    yield "values one after the other", "".join(sent[name] for name in csb.SIGNED)
    yield "names and values without = and &", "".join(f"{name}{sent[name]}" for name in csb.SIGNED)
    listed = ("_api_name", "_api_version", "_api_timestamp", "_api_access_key")
    yield "not sorted by name", "&".join(f"{name}={sent[name]}" for name in listed)
    for left_out in csb.SIGNED:
        yield f"{left_out} left out", "&".join(f"{name}={sent[name]}" for name in csb.SIGNED if name != left_out)


def _tif_texts(stamp: str, token: str, nonce: str) -> Iterator[tuple[str, str]]:
    yield "as asked", tif.string_to_sign(stamp, token, nonce)
    yield "without the last timestamp", f"{stamp}{token}{nonce}"
    yield "nonce before token", f"{stamp}{nonce}{token}{stamp}"
    yield "without the token", f"{stamp}{nonce}{stamp}"
    yield "token first", f"{token}{stamp}{nonce}{stamp}"
    yield "with commas", f"{stamp},{token},{nonce},{stamp}"


def _body_texts(envelope: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kept = {name: value for name, value in envelope.items() if name != "cainfo"}
    plain = {name: value for name, value in kept.items() if name != "input"}
    yield "as asked", canonical(envelope)
    yield "not sorted by name", "&".join(f"{name}={value}" for name, value in plain.items() if value)
    yield "with empty fields", "&".join(f"{name}={plain[name] or ''}" for name in sorted(plain))
    yield "with the input", "&".join(f"{name}={kept[name]}" for name in sorted(kept) if kept[name])
    yield "values without names", "".join(str(plain[name]) for name in sorted(plain) if plain[name])


def _csb_made(way: Way, secret: str) -> str:
    return _ENCODINGS[way.encoding](_MACS[way.digest](way.text.encode("latin-1", "replace"), secret.encode()))


def _tif_made(way: Way) -> str:
    return _ENCODINGS[way.encoding](_DIGESTS[way.digest](way.text))


def _sm3_mac(data: bytes, secret: bytes) -> bytes:
    mac = crypto_hmac.HMAC(secret, hashes.SM3())
    mac.update(data)
    return mac.finalize()


def _read(sent: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the ways in which a text is an SM2 signature."""
    readers: tuple[tuple[str, Callable[[str], bytes]], ...] = (
        ("base64", lambda text: base64.b64decode(text, validate=True)),
        ("hex", bytes.fromhex),
    )
    for name, decode in readers:
        for form, parse in (("", sm2.from_raw), (" of DER", sm2.from_der)):
            try:
                yield name + form, parse(decode(sent))
            except ValueError:
                continue


_MACS: Final[Mapping[str, Callable[[bytes, bytes], bytes]]] = {
    "HMAC-SHA1": lambda data, secret: hmac.digest(secret, data, "sha1"),
    "HMAC-SHA256": lambda data, secret: hmac.digest(secret, data, "sha256"),
    "HMAC-MD5": lambda data, secret: hmac.digest(secret, data, "md5"),
    "HMAC-SM3": _sm3_mac,
}
_DIGESTS: Final[Mapping[str, Callable[[str], bytes]]] = {
    "SHA-256": lambda text: hashlib.sha256(text.encode()).digest(),
    "SHA-1": lambda text: hashlib.sha1(text.encode(), usedforsecurity=False).digest(),
    "MD5": lambda text: hashlib.md5(text.encode(), usedforsecurity=False).digest(),
    "SM3": lambda text: sm2.sm3(text.encode()),
}
_SIGNERS: Final = (("1234567812345678", sm2.SIGNER), ("an empty signer", b""))
