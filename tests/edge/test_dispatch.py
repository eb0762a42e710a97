"""The national envelope: addresses, replies, and at most one effect per message."""

import json
import re
import threading
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from werkzeug.test import Client

from yibaobox.domain import clock
from yibaobox.edge.journal import Journal
from yibaobox.edge.router import Hooks, Router

SINGLE = "/fsi/api/rsfComIfsService/callService"


def settle(client, header, url=SINGLE, **more):
    return client.post(url, json=header(infno="2207", **more))


@pytest.mark.parametrize("url", [SINGLE, "/fsi/api/1101", "/fsi/api/fsiPsnInfoService/queryPsnInfo"])
def test_a_transaction_answers_at_each_of_its_addresses(client, header, url):
    reply = client.post(url, json=header(input={"psn_no": "1"})).json

    assert (reply["infcode"], reply["output"]) == (0, {"baseinfo": {"psn_no": "1"}})


@pytest.mark.parametrize(
    "media_type", ["application/json", "text/plain; charset=utf-8", "application/x-www-form-urlencoded", ""]
)
def test_the_content_type_does_not_matter(client, header, media_type):
    reply = client.post(SINGLE, data=json.dumps(header()), content_type=media_type)

    assert reply.json["infcode"] == 0


def test_input_may_be_a_string(client, header):
    assert client.post(SINGLE, json=header(input='{"psn_no":"7"}')).json["output"] == {"baseinfo": {"psn_no": "7"}}


def test_the_reply_has_the_shape_of_live_ones(client, header, monkeypatch):
    at = datetime(2026, 1, 2, 3, 4, 5, 67000, ZoneInfo("Asia/Shanghai"))
    monkeypatch.setattr(clock, "wall_us", lambda: clock.to_us(at))
    reply = client.post(SINGLE, json=header()).json

    assert reply.pop("infcode") == 0
    assert re.fullmatch(r"51170220260102030405\d{10}", reply.pop("inf_refmsgid"))
    assert reply == {
        "refmsg_time": "20260102030405067",
        "respond_time": "20260102030405067",
        "err_msg": "",
        "warn_msg": None,
        "cainfo": None,
        "signtype": None,
        "enctype": None,
        "output": {"baseinfo": {}},
    }


def test_a_refusal_is_minus_one_with_a_code_beside_it(client, header):
    reply = client.post(SINGLE, json=header(input={"psn_no": "none"}))

    assert (reply.status_code, reply.json["infcode"], reply.json["output"]) == (200, -1, None)
    assert (reply.json["err_msg"].strip(), reply.headers["X-Sandbox-Code"]) == ("未查询到人员", "NOT_FOUND")


def test_an_unsupported_transaction_is_named(client, header):
    reply = client.post(SINGLE, json=header(infno="2301"))

    assert reply.json["err_msg"] == "未支持的交易：2301 住院费用明细上传"
    assert reply.headers["X-Sandbox-Code"] == "UNSUPPORTED_TRANSACTION"


@pytest.mark.parametrize("url", ["/fsi/api/2207", "/fsi/api/fsiPsnInfoService/queryPsnInfo"])
def test_an_infno_that_contradicts_the_address_is_refused(client, header, url):
    infno = "1101" if url.endswith("2207") else "2207"

    assert client.post(url, json=header(infno=infno)).json["infcode"] == -1


def test_on_a_shared_address_infno_decides(client, header):
    replies = [
        client.post("/fsi/api/s", json=header(infno=infno)).json["err_msg"] for infno in ("3202", "3202A", "1101")
    ]

    assert replies[0].startswith("未支持的交易：3202")
    assert replies[1].startswith("未支持的交易：3202A")
    assert "不符" in replies[2]


def test_an_unknown_address_is_refused(client, header):
    assert client.post("/fsi/api/none/such", json=header()).headers["X-Sandbox-Code"] == "NOT_FOUND"


def test_a_bug_is_told_in_the_envelope(client, header):
    reply = client.post(SINGLE, json=header(input={"psn_no": "bug"}))

    assert (reply.status_code, reply.json["infcode"]) == (500, -1)
    assert reply.headers["X-Sandbox-Trace"] in reply.json["err_msg"]


def test_a_file_is_answered_raw(client, header):
    reply = client.post(SINGLE, json=header(infno="9102"))

    assert (reply.mimetype, reply.get_data()) == ("application/octet-stream", b"PK\x03\x04")


def test_an_envelope_may_come_with_a_file_beside_it(client, header):
    parts = (b'name="jsonStr"', json.dumps(header()).encode()), (b'name="file"; filename="a.txt"', b"x" * 2_000_000)
    lines = [b"--b\r\nContent-Disposition: form-data; " + name + b"\r\n\r\n" + value for name, value in parts]
    body = b"\r\n".join([*lines, b"--b--\r\n"])

    assert client.post(SINGLE, data=body, content_type="multipart/form-data; boundary=b").json["infcode"] == 0
    assert client.post(SINGLE, data={"file": (BytesIO(b"x"), "a.txt")}).json["infcode"] == -1


def test_a_body_beyond_the_limit_is_refused_in_the_envelope(client):
    reply = client.post(SINGLE, data=b"x" * (9 << 20))

    assert (reply.status_code, reply.json["infcode"]) == (200, -1)
    assert reply.headers["X-Sandbox-Code"] == "PAYLOAD_TOO_LARGE"


def test_a_message_sent_again_is_answered_again_byte_by_byte(client, header):
    first = settle(client, header, msgid="again")
    second = settle(client, header, msgid="again", inf_time="2026-11-21 23:00:00", sign_no="9")

    assert first.get_data() == second.get_data()
    assert second.headers["X-Sandbox-Replay"] == "1"
    assert "X-Sandbox-Replay" not in first.headers


def test_a_msgid_used_for_something_else_is_refused_without_a_word_of_the_first(client, header):
    settle(client, header, msgid="other", input={"psn_no": "1"})

    reply = settle(client, header, msgid="other", input={"psn_no": "2"})

    assert (reply.json["infcode"], reply.headers["X-Sandbox-Code"]) == (-1, "MSGID_CONFLICT")


def test_what_was_refused_stays_refused(client, header):
    first = settle(client, header, msgid="no", input={"refuse": True})
    second = settle(client, header, msgid="no", input={"refuse": True})

    assert first.get_data() == second.get_data()
    assert second.headers["X-Sandbox-Code"] == first.headers["X-Sandbox-Code"] == "NOT_ELIGIBLE"
    assert second.headers["X-Sandbox-Replay"] == "1"


def test_a_query_is_answered_afresh(client, header):
    replies = [client.post(SINGLE, json=header(msgid="q")) for _ in range(2)]

    assert all("X-Sandbox-Replay" not in reply.headers for reply in replies)


def test_a_message_sent_at_once_by_many_has_one_effect(client, header):
    replies = []
    threads = [
        threading.Thread(target=lambda: replies.append(settle(client, header, msgid="storm"))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(replies) == 16
    assert len({reply.get_data() for reply in replies}) == 1


def test_the_journal_knows_transaction_and_person(client, header, journal):
    client.post(SINGLE, json=header(input={"data": {"psn_no": "51170200000000000001"}}))

    row = journal()[0]
    assert (row["op"], row["psn_no"], row["status"]) == ("1101", "51170200000000000001", 200)


def test_a_world_with_broken_books_answers_questions_and_writes_nothing(worlds, router, header):
    broken = Router(worlds, router._services, journal=Journal(ticking=False), hooks=Hooks(is_broken=lambda world: True))
    client = Client(broken)

    write, query = settle(client, header, msgid="broken"), client.post(SINGLE, json=header())

    assert (write.status_code, write.json["infcode"]) == (503, -1)
    assert write.headers["X-Sandbox-Code"] == "LEDGER_INVARIANT_BROKEN"
    assert query.json["infcode"] == 0
