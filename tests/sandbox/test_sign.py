"""The signature debugger: what is right holds, and of each usual slip it names the step."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boxes import Box
from clinic import Clinic
from yibaobox.settlement.gateway_auth import sm2


@pytest.fixture
def keys(local_box):
    return local_box.ask("GET", "/credentials")["fsi"]


def debugged(box: Box, kind, headers=None, body=None):
    told = box.ask("POST", "/sign/debug", {"kind": kind, "headers": headers or {}, "body": body or {}})
    return told["ok"], told["differs"], {step["step"]: step for step in told["steps"]}


def test_what_the_sandbox_signs_holds_and_a_window_takes_it(local_box):
    headers = local_box.ask("POST", "/sign", {"kind": "csb", "infno": "9001"})["headers"]
    clinic = Clinic(local_box)
    assert debugged(local_box, "csb", headers)[:2] == (True, None)
    asked = {"opter_no": "0001", "mac": "00-00-00-00-00-00", "ip": "127.0.0.1"}
    assert clinic.send(clinic.envelope("9001", {"signIn": asked}), headers=headers).ok

    headers = local_box.ask("POST", "/sign", {"kind": "tif"})["headers"]
    assert debugged(local_box, "tif", headers)[:2] == (True, None)
    assert debugged(local_box, "tif", headers | {"x-tif-signature": headers["x-tif-signature"].upper()})[0]

    message = clinic.envelope("1101", {"data": {}})
    message["cainfo"] = local_box.ask("POST", "/sign", {"kind": "body-sign", "body": message})["cainfo"]
    assert debugged(local_box, "body-sign", body=message)[:2] == (True, None)


def csb(keys, stamp, **slip):
    sent = {
        "_api_access_key": keys["access_key"],
        "_api_name": "2207",
        "_api_timestamp": stamp,
        "_api_version": "1.0.0",
    }
    text = slip.get("text", "&".join(f"{name}={value}" for name, value in sorted(sent.items())))
    mac = hmac.digest(slip.get("secret", keys["secret_key"]).encode(), text.encode(), slip.get("digest", "sha1"))
    return sent | {"_api_signature": slip.get("encode", lambda raw: base64.b64encode(raw).decode())(mac)}


CSB = [
    ({"encode": bytes.hex}, "encoding", "hex"),
    ({"encode": lambda raw: raw.hex().upper()}, "encoding", "upper-case hex"),
    ({"digest": "sha256"}, "digest", "HMAC-SHA256"),
    ({"secret": "another"}, "signature", ""),
]


@pytest.mark.parametrize(("slip", "step", "given"), CSB)
def test_csb_names_the_step_that_differs(local_box, keys, slip, step, given):
    stamp = local_box.ask("POST", "/sign", {"kind": "csb", "infno": "1"})["headers"]["_api_timestamp"]
    ok, differs, steps = debugged(local_box, "csb", csb(keys, stamp, **slip))

    assert (ok, differs) == (False, step)
    assert given in steps[step]["given"]


def test_csb_names_the_canonical_string_the_time_the_key_and_what_is_missing(local_box, keys):
    stamp = local_box.ask("POST", "/sign", {"kind": "csb", "infno": "1"})["headers"]["_api_timestamp"]
    unsorted = f"_api_name=2207&_api_version=1.0.0&_api_timestamp={stamp}&_api_access_key={keys['access_key']}"
    _, differs, steps = debugged(local_box, "csb", csb(keys, stamp, text=unsorted))
    assert (differs, steps["canonical string"]["note"]) == ("canonical string", "not sorted by name")

    assert debugged(local_box, "csb", csb(keys, str(int(stamp) - 31 * 60_000)))[1] == "timestamp"
    assert debugged(local_box, "csb", csb(keys, stamp[:10]))[1] == "timestamp"
    assert debugged(local_box, "csb", csb(keys, stamp) | {"_api_access_key": "nobody"})[1] == "key"
    assert debugged(local_box, "csb", {"_api_name": "2207"})[1] == "headers"


@pytest.mark.parametrize(
    ("text", "digest", "step"),
    [
        ("{ts}{token}{nonce}", "sha256", "canonical string"),
        ("{ts}{nonce}{token}{ts}", "sha256", "canonical string"),
        ("{ts}{token}{nonce}{ts}", "md5", "digest"),
    ],
)
def test_tif_names_the_step_that_differs(local_box, keys, text, digest, step):
    headers = local_box.ask("POST", "/sign", {"kind": "tif"})["headers"]
    told = text.format(ts=headers["x-tif-timestamp"], token=keys["token"], nonce=headers["x-tif-nonce"])
    headers["x-tif-signature"] = hashlib.new(digest, told.encode()).hexdigest()

    assert debugged(local_box, "tif", headers)[1] == step


def test_body_sign_names_the_step_that_differs(local_box, keys):
    message = {"infno": "1101", "msgid": "m", "dev_no": "", "input": {"data": {}}}
    key = int(keys["sm2_key"], 16)

    def signed(text, signer=sm2.SIGNER):
        return sm2.sign(text.encode(), key, signer)

    right = "infno=1101&msgid=m"
    slips = {
        "canonical string": base64.b64encode(sm2.raw(signed("dev_no=&" + right))).decode(),
        "signer": base64.b64encode(sm2.raw(signed(right, b""))).decode(),
        "encoding": sm2.raw(signed(right)).hex(),
        "signature": base64.b64encode(sm2.raw(sm2.sign(right.encode(), key - 1))).decode(),
        "cainfo": "",
    }
    for step, sent in slips.items():
        assert debugged(local_box, "body-sign", body=message | {"cainfo": sent})[1] == step
    der = base64.b64encode(sm2.der(*signed(right))).decode()
    assert debugged(local_box, "body-sign", body=message | {"cainfo": der})[1] == "encoding"
    assert debugged(local_box, "body-sign", body=message | {"cainfo": "nothing"})[1] == "encoding"


def test_a_kind_that_is_none_and_a_body_that_is_missing_are_refused(local_box):
    for path in ("/sign", "/sign/debug"):
        assert local_box.refusal("POST", path, {"kind": "rsa"})[0] == 422
        assert local_box.refusal("POST", path, {"kind": "body-sign"})[0] == 422
    assert local_box.refusal("POST", "/sign", {"kind": "csb"})[0] == 422


TEXTS = st.text(max_size=12) | st.sampled_from(("1763604000000", "AA==", "zz", "0" * 128, "٣"))
NODES = st.none() | TEXTS | st.integers() | st.lists(TEXTS, max_size=2)
NAMES = st.sampled_from(
    ("_api_timestamp", "_api_signature", "x-tif-timestamp", "x-tif-signature", "cainfo", "infno", "x")
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(("csb", "tif", "body-sign")),
    st.dictionaries(NAMES, TEXTS),
    st.dictionaries(NAMES, NODES, max_size=4),
)
def test_whatever_is_sent_is_explained_or_refused(local_box, kind, headers, body):
    sent = {"kind": kind, "headers": headers, "body": body}
    assert local_box.post("/_sandbox/v1/sign/debug", sent).status_code in (200, 400, 422)
