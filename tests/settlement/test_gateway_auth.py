"""Gateway authentication: what a csb client signs, and what it hears when it signed something else."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibaobox.domain.errors import InvalidInput
from yibaobox.settlement import gateway_auth
from yibaobox.settlement.gateway_auth import GatewayRefusal, csb

NOW = 1763604000000  # 2025-11-20T10:00:00+08:00
KEYS = {"access_key": "AK-sandbox", "secret_key": "SK-sandbox"}
TO_SIGN = "_api_access_key=AK-sandbox&_api_name=2207&_api_timestamp=1763604000000&_api_version=1.0.0"
SIGNATURE = "AOvhe4bNO+/ejGnGZHLaw2XkyDw="  # openssl dgst -sha1 -hmac SK-sandbox -binary | base64


def headers(**changes: str) -> dict[str, str]:
    sent = {
        "_api_name": "2207",
        "_api_version": "1.0.0",
        "_api_timestamp": str(NOW),
        "_api_access_key": "AK-sandbox",
        "_api_signature": SIGNATURE,
    }
    return sent | {f"_api_{name}": value for name, value in changes.items()}


def verify(profile: str, sent: dict[str, str], now_ms: int) -> str | None:
    return gateway_auth.verify(profile, gateway_auth.Call(sent, KEYS, now_ms))


def refusal(sent: dict[str, str], now_ms: int = NOW) -> GatewayRefusal:
    with pytest.raises(GatewayRefusal) as caught:
        verify("csb", sent, now_ms)
    return caught.value


def test_the_worked_example_verifies():
    assert csb.string_to_sign(headers()) == TO_SIGN
    assert csb.sign(TO_SIGN, "SK-sandbox") == SIGNATURE
    assert verify("csb", headers(), NOW) == "AK-sandbox"


@pytest.mark.parametrize("name", ["name", "version", "timestamp", "access_key", "signature"])
def test_each_of_the_five_headers_is_needed(name):
    sent = headers()
    del sent[f"_api_{name}"]

    refused = refusal(sent)

    assert refused.body == {"code": 401, "message": "缺少服务网关的请求头!"}
    assert refused.hint == f"missing: _api_{name}"


@pytest.mark.parametrize("minutes", [-30, 0, 30])
def test_thirty_minutes_either_way_are_in_time(minutes):
    assert verify("csb", headers(), NOW + minutes * 60_000) == "AK-sandbox"


@pytest.mark.parametrize("away", [-30 * 60_000 - 1, 30 * 60_000 + 1])
def test_a_millisecond_more_is_too_late_or_too_early(away):
    assert refusal(headers(), NOW + away).body == {"code": 401, "message": "签名时间戳超时!"}


@pytest.mark.parametrize(
    "stamp", ["1763604000", "17636040000000", "x" * 13, "１７６３６０４０００００0", "-763604000000"]
)
def test_a_timestamp_that_is_not_thirteen_digits_is_out_of_time(stamp):
    assert refusal(headers(timestamp=stamp)).message == "签名时间戳超时!"


def test_an_unknown_access_key_is_no_user():
    assert refusal(headers(access_key="AK-other")).body == {"code": 401, "message": "非法用户!"}


@pytest.mark.parametrize(
    "change", [{"name": "2208"}, {"version": "2"}, {"timestamp": str(NOW + 1)}, {"signature": "x"}]
)
def test_anything_changed_after_signing_is_noticed(change):
    refused = refusal(headers(**change))

    assert refused.body == {"code": 401, "message": "签名不一致!"}
    assert csb.string_to_sign(headers(**change)) in refused.hint


def test_the_hint_names_the_string_to_sign_and_where_the_signatures_part():
    signature = SIGNATURE[:5] + ("A" if SIGNATURE[5] != "A" else "B") + SIGNATURE[6:]

    hint = refusal(headers(signature=signature)).hint

    assert hint == f"signature differs at 5 (28 characters, you sent 28); string to sign: {TO_SIGN}"


def test_the_hint_does_not_give_the_signature_away():
    assert SIGNATURE not in refusal(headers(signature="x")).hint


def mac(text: str, digest: str = "sha1") -> bytes:
    return hmac.new(b"SK-sandbox", text.encode(), digest).digest()


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (mac(TO_SIGN).hex(), "you sent hex of HMAC-SHA1"),
        (mac(TO_SIGN).hex().upper(), "you sent upper-case hex of HMAC-SHA1"),
        (base64.b64encode(mac(TO_SIGN, "sha256")).decode(), "you sent base64 of HMAC-SHA256"),
        (base64.b64encode(mac(TO_SIGN + "\n")).decode(), "first difference at 89; you sent base64 of HMAC-SHA1"),
        (
            base64.b64encode(
                mac("_api_name=2207&_api_version=1.0.0&_api_timestamp=1763604000000&_api_access_key=AK-sandbox")
            ).decode(),
            "_api_timestamp=1763604000000&_api_access_key=AK-sandbox', first difference at 5; ",
        ),
    ],
)
def test_the_hint_recognises_the_usual_slips(signature, words):
    assert words in refusal(headers(signature=signature)).hint


def test_a_hint_is_a_printable_header_value():
    hint = refusal(headers(name="结算\r\nX-Evil: 1", version="v" * 3000)).hint

    assert hint.isascii()
    assert hint.isprintable()
    assert len(hint) <= 1000


@given(st.fixed_dictionaries({name: st.text(max_size=20) for name in (*csb.SIGNED, csb.SIGNATURE)}))
def test_no_header_makes_the_gateway_stumble(sent):
    with pytest.raises(GatewayRefusal):
        verify("csb", sent | {"_api_access_key": "AK-sandbox", "_api_timestamp": str(NOW)}, NOW)


def test_auto_verifies_what_is_carried_and_accepts_nothing_carried():
    assert verify("auto", {}, NOW) is None
    assert verify("auto", headers(), NOW) == "AK-sandbox"
    with pytest.raises(GatewayRefusal, match="缺少服务网关的请求头!"):
        verify("auto", {"_api_name": "2207"}, NOW)


def test_csb_insists_and_none_looks_away():
    with pytest.raises(GatewayRefusal, match="缺少服务网关的请求头!"):
        verify("csb", {}, NOW)
    assert verify("none", headers(signature="wrong"), NOW) is None


def test_a_way_that_is_not_offered_is_refused():
    with pytest.raises(InvalidInput, match="不支持的网关认证方式 magic"):
        verify("magic", headers(), NOW)


def test_the_digest_is_the_one_the_interface_prescribes():
    assert base64.b64decode(SIGNATURE) == hmac.new(b"SK-sandbox", TO_SIGN.encode(), hashlib.sha1).digest()
