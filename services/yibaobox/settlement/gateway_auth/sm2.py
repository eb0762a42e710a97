"""SM2 signatures with SM3 (GB/T 32918-2016, curve and vectors of GB/T 32918.5-2017), for the sandbox's own keys only.

Not in constant time: who measures it learns the key, and the keys here protect nothing. A public key costs a table of
its multiples once (some milliseconds), which is kept; then signing and checking are additions of points alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
A: Final = P - 3
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
G: Final = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
SIGNER: Final = b"1234567812345678"  # the identity that everybody signs as unless agreed otherwise
_BITS: Final = 256
_WINDOW: Final = 4  # bits of a number that one addition takes care of
_BASE_WINDOW: Final = 8  # … of the base point, whose table is made once for all keys
_SIZE: Final = 32

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]
_Table = list[list[Point]]


def sm3(data: bytes) -> bytes:
    """Return the SM3 digest."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


@lru_cache(maxsize=64)
def public_key(private: int) -> Point:
    """Return the public key of a private one; kept, for each signature needs it."""
    point = _affine(_of_base(private))
    assert point is not None, "a private key is neither zero nor the order"
    return point


def read_public(text: str) -> Point:
    """Read a public key in hex, with or without its leading 04; ValueError when it is no point of the curve."""
    raw = bytes.fromhex(text)
    if len(raw) == 2 * _SIZE + 1 and raw[0] == 4:  # noqa: PLR2004 - the mark of an uncompressed point
        raw = raw[1:]
    x, y = int.from_bytes(raw[:_SIZE], "big"), int.from_bytes(raw[_SIZE:], "big")
    if len(raw) != 2 * _SIZE or max(x, y) >= P or (y * y - (x * x * x + A * x + B)) % P:
        raise ValueError("not a point of the curve sm2p256v1")
    return x, y


def sign(message: bytes, private: int, signer: bytes = SIGNER, nonce: int | None = None) -> tuple[int, int]:
    """Return r and s. The nonce follows from key and message (as RFC 6979 has it), so nothing is left to chance."""
    digest = int.from_bytes(_digest(message, public_key(private), signer), "big")
    count = 0
    while True:
        k = nonce or _nonce(private, digest, count)
        point = _affine(_of_base(k))
        assert point is not None, "the nonce is below the order"
        r = (digest + point[0]) % N
        s = pow(1 + private, -1, N) * (k - r * private) % N
        if r and s and r + k != N:
            return r, s
        count += 1


def verify(message: bytes, signature: tuple[int, int], public: Point, signer: bytes = SIGNER) -> bool:
    """Tell whether a signature is the key's."""
    r, s = signature
    t = (r + s) % N
    if not (0 < r < N and 0 < s < N and t):
        return False
    point = _affine(_times(t, _table(public, _WINDOW), _of_base(s)))
    return point is not None and (int.from_bytes(_digest(message, public, signer), "big") + point[0] - r) % N == 0


def raw(signature: tuple[int, int]) -> bytes:
    """Return r and s as 64 bytes."""
    return b"".join(number.to_bytes(_SIZE, "big") for number in signature)


def from_raw(data: bytes) -> tuple[int, int]:
    """Read r and s from 64 bytes; ValueError when there are more or less."""
    if len(data) != 2 * _SIZE:
        raise ValueError("a plain signature has 64 bytes")
    return int.from_bytes(data[:_SIZE], "big"), int.from_bytes(data[_SIZE:], "big")


der = encode_dss_signature
from_der = decode_dss_signature


def _digest(message: bytes, public: Point, signer: bytes) -> bytes:
    """Return what is signed: SM3 over the digest of the signer, then the message."""
    about = (len(signer) * 8).to_bytes(2, "big") + signer
    about += b"".join(number.to_bytes(_SIZE, "big") for number in (A, B, *G, *public))
    return sm3(sm3(about) + message)


def _nonce(private: int, digest: int, count: int) -> int:
    mac = hmac.HMAC(private.to_bytes(_SIZE, "big"), hashes.SM3())
    mac.update(digest.to_bytes(_SIZE, "big") + count.to_bytes(4, "big"))
    return int.from_bytes(mac.finalize(), "big") % (N - 1) + 1


@lru_cache(maxsize=64)
def _table(point: Point, window: int) -> _Table:
    """Return the multiples of a point for each window of a number: 1 to 2^w − 1, times 2^w to the n-th."""
    table: _Table = []
    start = point
    for _ in range(_BITS // window):
        row: list[_Jacobian] = [(*start, 1)]
        for _ in range(2**window - 1):
            row.append(_double(row[0]) if len(row) == 1 else _mixed(row[-1], start))
        plain = _flat(row)
        table.append(plain[:-1])
        start = plain[-1]
    return table


def _of_base(number: int) -> _Jacobian:
    return _times(number, _table(G, _BASE_WINDOW))


def _times(number: int, table: _Table, result: _Jacobian = (0, 1, 0)) -> _Jacobian:
    """Return a multiple of the point of a table, added to what is there already."""
    size = len(table[0]) + 1
    for row in table:
        number, digit = divmod(number, size)
        if digit:
            result = _mixed(result, row[digit - 1])
    return result


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    yy, zz = y * y % P, z * z % P
    s, m = 4 * x * yy % P, 3 * (x - zz) * (x + zz) % P
    made = (m * m - 2 * s) % P
    return made, (m * (s - made) - 8 * yy * yy) % P, 2 * y * z % P


def _mixed(one: _Jacobian, other: Point) -> _Jacobian:
    """Add a point whose z is 1."""
    x, y, z = one
    if not z:
        return (*other, 1)
    zz = z * z % P
    h, rise = (other[0] * zz - x) % P, (other[1] * zz * z - y) % P
    if not h:
        return _double(one) if not rise else (0, 1, 0)
    hh = h * h % P
    hhh, v = h * hh % P, x * hh % P
    made = (rise * rise - hhh - 2 * v) % P
    return made, (rise * (v - made) - y * hhh) % P, z * h % P


def _affine(point: _Jacobian) -> Point | None:
    return _flat([point])[0] if point[2] else None


def _flat(points: list[_Jacobian]) -> list[Point]:
    """Return points with z = 1, by one inversion for all."""
    products = [1]
    for _, _, z in points:
        products.append(products[-1] * z % P)
    inverse = pow(products[-1], -1, P)
    plain: list[Point] = []
    for (x, y, z), before in zip(reversed(points), reversed(products[:-1]), strict=True):
        own = inverse * before % P
        inverse = inverse * z % P
        plain.append((x * own * own % P, y * own * own * own % P))
    return plain[::-1]
