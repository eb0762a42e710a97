"""SM2 with SM3 against the vectors of GB/T 32918.5-2017."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibaobox.domain.store.keys import sm2_public
from yibaobox.settlement.gateway_auth import sm2

KEY = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
MESSAGE = b"message digest"
NUMBERS = st.integers(1, sm2.N - 2)


def test_the_standards_signature_comes_out_and_holds():
    assert sm2.sign(MESSAGE, KEY, nonce=NONCE) == (R, S)
    assert sm2.verify(MESSAGE, (R, S), sm2.public_key(KEY))


def test_the_standards_digest():
    assert sm2.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@settings(max_examples=20, deadline=None)
@given(NUMBERS)
def test_a_public_key_is_the_one_that_plain_addition_gives(private):
    assert sm2.public_key(private) == sm2_public(private)


@settings(max_examples=20, deadline=None)
@given(NUMBERS, st.binary(max_size=64), st.binary(max_size=20))
def test_what_is_signed_holds_for_its_message_key_and_signer_alone(private, message, signer):
    public, signed = sm2.public_key(private), sm2.sign(message, private, signer)

    assert sm2.verify(message, signed, public, signer)
    assert signed == sm2.sign(message, private, signer)
    assert not sm2.verify(message + b"x", signed, public, signer)
    assert not sm2.verify(message, signed, public, signer + b"x")
    assert not sm2.verify(message, (signed[1], signed[0]), public, signer)


@pytest.mark.parametrize("spoilt", [(0, S), (R, 0), (sm2.N, S), (R, sm2.N), (R, sm2.N - R), (R + sm2.N, S)])
def test_numbers_out_of_range_never_hold(spoilt):
    assert not sm2.verify(MESSAGE, spoilt, sm2.public_key(KEY))


def test_keys_and_signatures_are_read_and_written():
    x, y = sm2.public_key(KEY)
    text = f"{x:064x}{y:064x}"
    assert sm2.read_public(text) == sm2.read_public(f"04{text}") == (x, y)
    assert sm2.from_raw(sm2.raw((R, S))) == (R, S)
    assert sm2.from_der(sm2.der(R, S)) == (R, S)
    for wrong in (text[:-2], f"{x:064x}{y + 1:064x}", "zz"):
        with pytest.raises(ValueError):
            sm2.read_public(wrong)
