"""C1, C3, C5: activation by face, codes that work once, decoding by institutions."""

import pytest
from werkzeug.test import Client

from yibaobox.app import Settings, create_app
from yibaobox.sandbox.audit import audit

AT = "2025-11-20T10:00:00+08:00"
HOSPITAL = "H51040000001"


@pytest.fixture(params=["sqlite", "postgresql"])
def box(request):
    url = "memory://" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    app = create_app(Settings(db=url, ticker=False, regions=("510400",), at=AT))
    yield Client(app)
    for info in app.worlds.infos():
        with app.worlds.get(info.name).read() as tx:
            assert audit(tx)["violations"] == []
        app.worlds.delete(info.name)
    app.close()


@pytest.fixture
def person(box):
    made = box.post("/_sandbox/v1/people", json={"region": "510400", "capacity": "employee"})
    return made.json


def begin(box, person, **changed):
    asked = {"id_no": person["id_no"], "name": person["name"], "channel": "wechat", "terms": True} | changed
    return box.post("/ec/v1/activations", json=asked)


def face(box, begun):
    return box.post(f"/ec/v1/activations/{begun.json['activation']}/face")


def script(box, person, outcome, times=1):
    asked = {"psn_no": person["psn_no"], "outcome": outcome, "times": times}
    assert box.post("/_sandbox/v1/face", json=asked).status_code == 201


def signed_in(box, person):
    passed = face(box, begin(box, person))
    assert passed.status_code == 200, passed.text
    return {"Authorization": f"Bearer {passed.json['token']}"}


def shown_code(box, person):
    made = box.post("/ec/v1/codes", headers=signed_in(box, person))
    assert made.status_code == 201, made.text
    return made.json["code"]


def decode(box, code, institution=HOSPITAL):
    asked = {"code": code, "institution": institution, "purpose": "01301", "operator": "7", "operator_name": "收费员"}
    return box.post("/ec/v1/decode", json=asked)


def advance(box, by):
    assert box.post("/_sandbox/v1/clock/advance", json={"by": by}).status_code == 200


def test_a_passed_face_activates_the_credential(box, person):
    headers = signed_in(box, person)

    status = box.get("/ec/v1/credential", headers=headers).json
    assert status["active"]
    assert status["name"] == f"*{person['name'][-1]}"
    assert status["channel"] == "wechat"


def test_terms_not_agreed_to_begin_nothing(box, person):
    refused = begin(box, person, terms=False)

    assert (refused.status_code, refused.json["code"]) == (422, "INVALID_INPUT")


def test_a_wrong_name_and_an_unknown_number_are_answered_alike(box, person):
    wrong = begin(box, person, name="别人")
    unknown = begin(box, person, id_no="51040119800101001X" if person["id_no"] != "51040119800101001X" else "")
    if unknown.status_code == 422:  # the check digit of the invented number does not fit
        unknown = begin(box, person, id_no="510401198001010012")
    assert wrong.status_code == 404
    assert wrong.json["code"] == "NOT_FOUND"


def test_a_failed_face_activates_nothing_and_counts(box, person):
    script(box, person, "fail")
    begun = begin(box, person)

    failed = face(box, begun)
    passed = face(box, begun)
    assert (failed.status_code, failed.json["code"]) == (403, "CHECK_FAILED")
    assert passed.status_code == 200


def test_a_face_that_times_out_does_not_count(box, person):
    script(box, person, "timeout", times=6)
    begun = begin(box, person)

    outcomes = {face(box, begun).status_code for _ in range(6)}
    assert outcomes == {504}
    assert face(box, begun).status_code == 200


def test_five_failed_faces_lock_the_holder_out_for_a_day(box, person):
    script(box, person, "fail", times=5)
    begun = begin(box, person)
    outcomes = [face(box, begun).status_code for _ in range(6)]
    advance(box, "P1D")

    assert outcomes == [403, 403, 403, 403, 429, 429]
    assert face(box, begin(box, person)).status_code == 200


def test_an_activation_lapses(box, person):
    begun = begin(box, person)
    advance(box, "PT10M")

    assert face(box, begun).json["code"] == "NOT_SIGNED_IN"


def test_without_a_session_there_is_no_code(box):
    refused = box.post("/ec/v1/codes", headers={"Authorization": "Bearer nobody"})

    assert (refused.status_code, refused.json["code"]) == (401, "NOT_SIGNED_IN")


def test_a_session_ends_after_a_day(box, person):
    headers = signed_in(box, person)
    advance(box, "P1D")

    assert box.post("/ec/v1/codes", headers=headers).status_code == 401


def test_a_code_identifies_its_holder_once(box, person):
    code = shown_code(box, person)

    first, second = decode(box, code), decode(box, code)
    assert first.json["id_no"] == person["id_no"]
    assert (second.status_code, second.json["code"]) == (409, "CODE_USED")


def test_a_code_lapses_after_a_minute(box, person):
    code = shown_code(box, person)
    advance(box, "PT60S")

    assert decode(box, code).json["code"] == "CODE_EXPIRED"


def test_an_unknown_code_and_an_unknown_institution_are_refused(box, person):
    assert decode(box, "X" * 28).status_code == 404
    assert decode(box, shown_code(box, person), institution="H99999999999").status_code == 404


def test_the_holder_sees_who_decoded_the_code_for_what(box, person):
    headers = signed_in(box, person)
    decode(box, box.post("/ec/v1/codes", headers=headers).json["code"])

    (seen,) = box.get("/ec/v1/decodings", headers=headers).json["items"]
    assert (seen["institution"], seen["purpose"], seen["operator_name"]) == (HOSPITAL, "01301", "收费员")


def test_the_local_service_answers_in_its_own_envelope(box, person):
    code = shown_code(box, person)
    data = {
        "orgId": HOSPITAL,
        "businessType": "01301",
        "operatorId": "7",
        "operatorName": "收费员",
        "officeId": "01",
        "officeName": "收费处",
        "ecQrCode": code,
    }
    asked = {"transType": "ec.query", "orgId": HOSPITAL, "data": data}

    first = box.post("/localcfc/api/hsecfc/localQrCodeQuery", json=asked)
    second = box.post("/localcfc/api/hsecfc/localQrCodeQuery", json=asked)
    assert (first.json["code"], first.json["data"]["idNo"]) == (0, person["id_no"])
    assert len(first.json["data"]["ecToken"]) == 40
    assert (second.json["success"], second.json["code"]) == (False, 500159)
    assert second.headers["X-Sandbox-Code"] == "CODE_USED"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"transType":"ec.query"}', b'{"transType":"ec.query","data":1}', b"\xff"]
)
def test_a_message_that_cannot_be_read_is_refused_in_the_envelope(box, body):
    answered = box.post("/localcfc/api/hsecfc/localQrCodeQuery", data=body, content_type="text/plain")

    assert answered.status_code == 200
    assert answered.json["success"] is False


def test_a_person_made_with_a_credential_needs_no_activation(box):
    made = box.post("/_sandbox/v1/people", json={"region": "510400", "capacity": "employee", "credential": True}).json

    assert made["credential"]
    assert box.get(f"/_sandbox/v1/people/{made['psn_no']}").json["credential"]
