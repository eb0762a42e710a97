"""tif, apikey and body-sign: what passes the gateway of an institution, and in which words the rest is refused."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxes import local
from clinic import Clinic
from yibaobox.app import Settings, create_app
from yibaobox.domain.people import institutions
from yibaobox.domain.store import Conflict
from yibaobox.settlement import gateway_auth
from yibaobox.settlement.gateway_auth import Call, GatewayRefusal, SignatureRefusal, sm2

NOW_S = 1763604000
NOW = NOW_S * 1000
PRIVATE = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
PUBLIC = "".join(f"{part:064x}" for part in sm2.public_key(PRIVATE))
KEYS = {"access_key": "AK", "secret_key": "SK", "paasid": "yb_1", "token": "token-1", "apikey": "key-1"}
MESSAGE = {
    "infno": "2207",
    "msgid": "M1",
    "fixmedins_code": "H51040000001",
    "signtype": "SM2",
    "sign_no": "",
    "input": {},
}


def tif(stamp=NOW_S, nonce="n-1", token="token-1", **changes):
    digest = hashlib.sha256(f"{stamp}{token}{nonce}{stamp}".encode()).hexdigest()
    sent = {"paasid": "yb_1", "timestamp": str(stamp), "nonce": nonce, "signature": digest} | changes
    return {f"x-tif-{name}": value for name, value in sent.items() if value is not None}


def signed(message=MESSAGE, private=PRIVATE):
    text = "&".join(f"{name}={message[name]}" for name in sorted(message) if message[name] and name != "input")
    return message | {"cainfo": base64.b64encode(sm2.raw(sm2.sign(text.encode(), private))).decode()}


def judged(profile, headers=None, envelope=None, **more: Any):
    call = Call(headers or {}, KEYS, NOW, envelope or {}, shared=lambda: {"sm2_pub": PUBLIC}, **more)
    try:
        return gateway_auth.verify(profile, call)
    except SignatureRefusal as refusal:
        return refusal.message


def test_each_kind_passes_what_it_asks_for():
    assert judged("tif", tif()) == "yb_1"
    assert judged("tif", tif() | {"x-tif-signature": tif()["x-tif-signature"].upper()}) == "yb_1"
    assert judged("apikey", {"apikey": "key-1"}) == "key-1"
    assert judged("body-sign", envelope=signed()) == PUBLIC


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        *((tif(**{name: None}), "缺少服务网关的请求头!") for name in ("paasid", "timestamp", "nonce", "signature")),
        ({}, "缺少服务网关的请求头!"),
        (tif(stamp=NOW_S - 301), "签名时间戳超时!"),
        (tif(stamp=NOW_S + 301), "签名时间戳超时!"),
        (tif(stamp=NOW), "签名时间戳超时!"),
        (tif(stamp="１７６３６０４０００"), "签名时间戳超时!"),
        (tif(paasid="yb_2"), "非法用户!"),
        (tif(token="token-2"), "签名不一致!"),
        (tif(nonce="n-1") | {"x-tif-nonce": "n-2"}, "签名不一致!"),
        (tif(signature="0" * 64), "签名不一致!"),
        (tif(nonce="n" * 65), "随机数重复，请求已被受理!"),
    ],
)
def test_tif_refuses_each_slip_in_its_own_words(headers, said):
    assert judged("tif", headers) == said


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_tif_takes_five_minutes_either_way(seconds):
    assert judged("tif", tif(stamp=NOW_S + seconds)) == "yb_1"


def test_a_nonce_is_kept_only_once_the_signature_holds():
    seen = []
    remember = lambda paasid, nonce: seen.append((paasid, nonce)) is None and len(seen) == 1  # noqa: E731

    assert judged("tif", tif(token="wrong"), remember=remember) == "签名不一致!"
    assert judged("tif", tif(), remember=remember) == "yb_1"
    assert judged("tif", tif(), remember=remember) == "随机数重复，请求已被受理!"
    assert seen == [("yb_1", "n-1")] * 2


def test_apikey_refuses_none_and_another():
    assert judged("apikey") == "缺少服务网关的请求头!"
    assert judged("apikey", {"apikey": "key-2"}) == "非法用户!"


def test_body_sign_refuses_an_empty_a_garbled_and_a_wrong_signature():
    assert judged("body-sign", envelope=MESSAGE) == "报文未签名：cainfo 为空"
    for garbled in ("MOCK", "%%%", base64.b64encode(b"x" * 63).decode(), "签名"):
        assert judged("body-sign", envelope=MESSAGE | {"cainfo": garbled}) == "报文签名格式不正确"
    assert judged("body-sign", envelope=signed(private=PRIVATE - 1)) == "报文验签失败"


@given(
    st.sampled_from(["infno", "msgid", "fixmedins_code", "signtype", "sign_no", "opter"]), st.text("ab1", min_size=1)
)
def test_whatever_field_is_changed_after_signing_is_noticed(name, value):
    sent = signed()
    expected = PUBLIC if sent.get(name) == value else "报文验签失败"

    assert judged("body-sign", envelope=sent | {name: value}) == expected


def test_the_input_and_empty_fields_are_not_covered():
    assert judged("body-sign", envelope=signed() | {"input": {"data": 1}, "dev_no": "", "opter": None}) == PUBLIC


def test_auto_verifies_all_that_is_carried_and_leaves_other_uses_of_cainfo_alone():
    assert judged("auto") is None
    assert judged("auto", envelope=MESSAGE | {"signtype": "", "cainfo": "123456"}) is None
    assert judged("auto", envelope=MESSAGE | {"cainfo": "123456"}) == "报文签名格式不正确"
    assert judged("auto", {"apikey": "key-2"}) == "非法用户!"
    assert judged("auto", tif() | {"apikey": "key-2"}) == "非法用户!"
    assert judged("auto", tif() | {"apikey": "key-1"}, envelope=signed()) == "yb_1"
    assert judged("none", {"apikey": "key-2"}) is None


@given(st.dictionaries(st.sampled_from([*tif(), "apikey", "_api_name"]), st.text(max_size=70)), st.text(max_size=20))
def test_nothing_that_is_sent_makes_the_gateway_stumble(headers, cainfo):
    for profile in gateway_auth.PROFILES:
        judged(profile, headers, MESSAGE | {"cainfo": cainfo})


def test_only_a_gateways_refusal_comes_without_an_envelope():
    assert GatewayRefusal("x", "y").body == {"code": 401, "message": "x"}
    assert not hasattr(SignatureRefusal("x", "y"), "body")


def headers_now(keys, **changes):
    return tif(int(time.time()), secrets.token_hex(8), keys["token"], paasid=keys["paasid"], **changes)


def credentials(clinic):
    return clinic.box.ask("GET", "/credentials")["fsi"]


def asks_for(clinic, auth):
    clinic.box.ask("PUT", f"/institutions/{clinic.institution}", {"auth": auth})


def looked_up(clinic, headers=None):
    return clinic.send(query(clinic), headers=headers or {})


def query(clinic, **header):
    person = clinic.box.person()
    identity = {"psn_cert_type": "01", "certno": person["id_no"], "psn_name": person["name"], "begntime": ""}
    return clinic.envelope("1101", {"data": clinic.card(person) | identity}, **header)


def test_an_institution_that_asks_for_tif_is_heard_with_it_alone_and_each_nonce_once(any_clinic):
    keys = credentials(any_clinic)
    asks_for(any_clinic, "tif")
    headers = headers_now(keys)

    bare, first, again, fresh = (looked_up(any_clinic, sent) for sent in ({}, headers, headers, headers_now(keys)))

    assert bare.body == {"code": 401, "message": "缺少服务网关的请求头!"}
    assert (first.ok, fresh.ok) == (True, True), (first.body, fresh.body)
    assert again.body == {"code": 401, "message": "随机数重复，请求已被受理!"}
    assert (again.raw.status_code, again.code) == (200, "GATEWAY_REFUSED")


def test_an_institution_that_asks_for_an_apikey_or_a_signed_body(any_clinic):
    keys = credentials(any_clinic)
    asks_for(any_clinic, "apikey")
    assert looked_up(any_clinic).body == {"code": 401, "message": "缺少服务网关的请求头!"}
    assert looked_up(any_clinic, {"apikey": "guess"}).body == {"code": 401, "message": "非法用户!"}
    assert looked_up(any_clinic, {"apikey": keys["apikey"]}).ok

    asks_for(any_clinic, "body-sign")
    refused = looked_up(any_clinic)
    assert (refused.body["infcode"], refused.code) == (-1, "SIGNATURE_REFUSED")
    assert refused.body["err_msg"] == "报文未签名：cainfo 为空"
    message = query(any_clinic, signtype="SM2")
    made = any_clinic.box.ask("POST", "/sign", {"kind": "body-sign", "body": message})
    assert any_clinic.send(message | {"cainfo": made["cainfo"]}).ok
    spoilt = any_clinic.send(message | {"cainfo": made["cainfo"], "opter": "9999"})
    assert spoilt.body["err_msg"] == "报文验签失败"
    assert "opter=9999" in spoilt.raw.headers["X-Sandbox-Hint"]


def test_a_restart_forgets_no_nonce(tmp_path):
    settings = Settings(db=f"sqlite:///{tmp_path}/worlds", ticker=False, population=0)
    answers = []
    headers = None
    for _ in range(2):
        app = create_app(settings)
        clinic = Clinic(local(app))
        asks_for(clinic, "tif")
        headers = headers or headers_now(credentials(clinic))
        answers.append(looked_up(clinic, headers).body)
        app.close()

    assert answers[0]["infcode"] == 0
    assert answers[1] == {"code": 401, "message": "随机数重复，请求已被受理!"}


def test_a_request_that_is_run_again_is_no_replay_of_itself(app, clinic, monkeypatch):
    asks_for(clinic, "tif")
    headers = headers_now(credentials(clinic))
    lost = [Conflict("somebody was quicker"), Conflict("and again")]
    find = institutions.find

    def found(tx, code):
        if lost:
            raise lost.pop()
        return find(tx, code)

    monkeypatch.setattr(institutions, "find", found)
    assert looked_up(clinic, headers).ok
    assert lost == []

    assert looked_up(clinic, headers).body == {"code": 401, "message": "随机数重复，请求已被受理!"}
    lost.append(Conflict("nor does it help a replay"))
    assert looked_up(clinic, headers).body["code"] == 401


def test_nonces_that_no_timestamp_can_bring_back_are_dropped(app, clinic):
    keys = credentials(clinic)
    asks_for(clinic, "tif")
    world = app.worlds.get(clinic.box.world)
    with world.write() as tx:
        tx.run("INSERT INTO gateway_nonces (paasid, nonce, seen_us) VALUES ('x', 'old', 1)")

    assert looked_up(clinic, headers_now(keys)).ok

    with world.read() as tx:
        kept = tx.query("SELECT paasid, nonce FROM gateway_nonces")
    assert ("x", "old") not in kept
    assert len(kept) == 1
