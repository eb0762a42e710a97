"""No body makes the sandbox answer 500: REST says 4xx, the national envelope infcode -1."""

import json

import pytest

import hostile

JSON = "application/json"


@pytest.mark.parametrize("body", hostile.ALL.values(), ids=hostile.ALL)
def test_rest_answers_a_hostile_body_with_a_problem_of_the_client(client, body):
    reply = client.post("/portal/v1/bills", data=body, content_type=JSON)

    assert 400 <= reply.status_code < 500
    assert reply.mimetype == "application/problem+json"
    assert set(reply.json) >= {"type", "title", "status", "detail", "code", "trace"}


@pytest.mark.parametrize("body", hostile.ALL.values(), ids=hostile.ALL)
@pytest.mark.parametrize("media_type", [JSON, "text/plain", ""])
def test_the_envelope_answers_a_hostile_body_with_minus_one(client, body, media_type):
    reply = client.post("/fsi/api/1101", data=body, content_type=media_type)

    assert (reply.status_code, reply.json["infcode"]) == (200, -1)
    assert reply.json["err_msg"]


SOUND_JSON = (
    "a third decimal",
    "a fraction for an integer",
    "underscores",
    "full-width digits",
    "full-width ID number",
    "ID number and a newline",
)
UNSOUND = {name: body for name, body in (hostile.TWELVE | hostile.SYNTAX).items() if name not in SOUND_JSON}


@pytest.mark.parametrize("body", UNSOUND.values(), ids=UNSOUND)
def test_a_sound_envelope_does_not_save_a_hostile_input(client, header, body):
    whole = json.dumps(header(input=...))[:-1].encode() + b', "input": ' + body + b"}"
    reply = client.post("/fsi/api/1101", data=whole)

    assert (reply.status_code, reply.json["infcode"]) == (200, -1)


def is_text(body):
    try:
        return bool(body.decode())
    except UnicodeDecodeError:
        return False  # bytes that no JSON string can hold


@pytest.mark.parametrize("name", [name for name, body in UNSOUND.items() if is_text(body)])
def test_an_input_sent_as_a_string_is_read_as_strictly(client, header, name):
    reply = client.post("/fsi/api/1101", json=header(input=UNSOUND[name].decode()))

    assert (reply.status_code, reply.json["infcode"]) == (200, -1)


@pytest.mark.parametrize("value", ["null", "1", "[]", "true", '""', '"[1]"', '"1"', "{"])
def test_an_input_that_is_no_object_is_refused(client, header, value):
    body = json.dumps(header(input=...))[:-1] + f', "input": {value}}}'

    assert client.post("/fsi/api/1101", data=body.encode()).json["infcode"] == -1


HEADERS = {
    "no infno": {"infno": ...},
    "no msgid": {"msgid": ...},
    "no institution": {"fixmedins_code": None},
    "an infno of letters": {"infno": "abcd"},
    "an infno with a newline": {"infno": "1101\n"},
    "a full-width infno": {"infno": "１１０１"},
    "too long a msgid": {"msgid": "1" * 41},
    "a msgid with spaces": {"msgid": "a b"},
    "a msgid of a list": {"msgid": ["1"]},
    "an institution of an object": {"fixmedins_code": {"$gt": ""}},
    "an institution of a path": {"fixmedins_code": "../../etc"},
    "a boolean operator": {"opter": True},
    "a fraction for an operator": {"opter_type": 1.5},
    "too long a name": {"fixmedins_name": "院" * 201},
    "an area of letters": {"mdtrtarea_admvs": "abcdef"},
    "a control character": {"opter_name": "\x1b[31m"},
    "no input": {"input": ...},
}


@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS)
def test_a_header_out_of_form_is_refused(client, header, change):
    reply = client.post("/fsi/api/1101", data=json.dumps(header(**change)))

    assert (reply.status_code, reply.json["infcode"]) == (200, -1)
    assert reply.headers["X-Sandbox-Code"] in ("INVALID_INPUT", "MALFORMED")


def test_a_sound_body_passes_both_doors(client, header):
    assert client.post("/portal/v1/bills", data=hostile.SOUND, content_type=JSON).status_code == 201
    assert client.post("/fsi/api/1101", json=header(input=json.loads(hostile.SOUND))).json["infcode"] == 0


def test_32_levels_are_deep_enough(client):
    body = b'{"payer":"a","amount_fen":1,"extra":' + b"[" * 31 + b"]" * 31 + b"}"

    assert client.post("/portal/v1/bills", data=body, content_type=JSON).status_code == 201
