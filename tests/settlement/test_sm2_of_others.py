"""What SM2 libraries of other authors sign holds here, and what is signed here holds there."""

from __future__ import annotations

import itertools

import pytest
from gmssl import func
from gmssl import sm2 as gmssl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yibaobox.settlement.gateway_auth import sm2

PRIVATE = st.integers(1, sm2.N - 2)
MESSAGES = st.binary(min_size=1, max_size=64)


def pub(private: int) -> str:
    return "".join(f"{part:064x}" for part in sm2.public_key(private))


def theirs(private: int) -> gmssl.CryptSM2:
    other = gmssl.CryptSM2(private_key=f"{private:064x}", public_key=pub(private))
    other.public_key = pub(private)  # it takes a key that happens to begin with 04 for one behind that prefix
    return other


@settings(max_examples=8, deadline=None)
@given(PRIVATE, MESSAGES)
@example(11, b"2207")  # its public key begins with 04
def test_gmssl_and_we_accept_each_others_signatures(private, message):
    other, own = theirs(private), sm2.sign(message, private)

    assert other.verify_with_sm3(sm2.raw(own).hex(), message)
    signed = sm2.from_raw(bytes.fromhex(other.sign_with_sm3(message, func.random_hex(other.para_len))))
    assert sm2.verify(message, signed, sm2.public_key(private))
    assert not sm2.verify(message + b"x", signed, sm2.public_key(private))
    assert not other.verify_with_sm3(sm2.raw(own).hex(), message + b"x")


def test_sm_crypto_of_npm_and_we_accept_each_others_signatures(node):
    other = node("sm-crypto.js")
    privates = (1, sm2.N - 2, 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8)
    texts = ("message digest", "infno=2207&msgid=H51040000001", "医保")

    for private, text in itertools.product(privates, texts):
        message, key = text.encode(), {"key": f"{private:064x}", "pub": "04" + pub(private)}
        own = sm2.raw(sm2.sign(message, private)).hex()
        signed = sm2.from_raw(bytes.fromhex(other.ask("sign", message=text, **key)))

        assert sm2.verify(message, signed, sm2.public_key(private))
        assert other.ask("verify", message=text, signature=own, pub=key["pub"])
        assert not other.ask("verify", message=text + "x", signature=own, pub=key["pub"])
        assert other.ask("digest", message=text) == sm2.sm3(message).hex()


@pytest.mark.parametrize("bits", [1, 0x8000])
def test_gmssl_refuses_what_we_refuse(bits):
    private, message = 0x1234567890ABCDEF, b"2207"
    r, s = sm2.sign(message, private)
    spoilt = (r ^ bits, s)

    assert not sm2.verify(message, spoilt, sm2.public_key(private))
    assert not theirs(private).verify_with_sm3(sm2.raw(spoilt).hex(), message)
