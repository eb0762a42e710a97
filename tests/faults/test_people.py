"""Faults of the credential, of applications and of premiums; rules, persons, and what cannot be armed."""

import pytest

from citizen import citizen
from clinic import Clinic
from holding import Holder
from taxpayer import taxpayer

pytestmark = pytest.mark.parametrize("place", ["sqlite"], indirect=True, scope="package")


@pytest.fixture
def holder(place):
    return place.person(enrolled=True, account_fen=10_000, credential=True)


def activation(place, person):
    asked = {"id_no": person["id_no"], "name": person["name"], "channel": "wechat", "terms": True}
    return place.post("/ec/v1/activations", asked).json()["activation"]


def face(place, token, fault=None):
    headers = {"X-Sandbox-Fault": fault} if fault else {}
    return place.post(f"/ec/v1/activations/{token}/face", headers=headers)


def code(place, person):
    token = face(place, activation(place, person)).json()["token"]
    return place.post("/ec/v1/codes", headers={"Authorization": f"Bearer {token}"}).json()["code"]


def decoded(place, text, fault=None):
    asked = {"code": text, "institution": "H51040000001", "purpose": "01101", "operator": "1", "operator_name": "甲"}
    headers = {"X-Sandbox-Fault": fault} if fault else {}
    return place.post("/ec/v1/decode", asked, headers=headers)


def test_a_face_fails_or_times_out_once(struck, holder):
    token = activation(struck.box, holder)

    assert face(struck.box, token, "face.fail").status_code == 403
    assert face(struck.box, token, "face.timeout").status_code == 504
    assert face(struck.box, token).status_code == 200


def test_a_relatives_face_fails_for_the_relative(struck, holder):
    box, relative = struck.box, struck.box.person(enrolled=True)
    shower = Holder(box, holder).activate()
    path = f"/family/{shower.ask('POST', '/family', shower.relative_form(relative))['binding_id']}/face"
    headers = {"X-Sandbox-Fault": "face.fail", "Authorization": f"Bearer {shower.token}"}

    assert box.post(f"/ec/v1{path}", headers=headers).status_code == 403
    assert shower.ask("POST", path)["state"] == "ACTIVE"


def test_an_authorisation_code_lapses_on_its_way(struck, holder):
    box, person = struck.box, Holder(struck.box, holder).activate()
    asked = {"auth_code": person.auth_code(), "institution": "H51040000001"}

    told = [
        box.post("/ec/v1/authorisations", asked, headers=each) for each in ({"X-Sandbox-Fault": "token.expired"}, {})
    ]
    assert [each.json()["code"] for each in told] == ["CODE_EXPIRED"] * 2


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [("token.expired", "CODE_EXPIRED"), ("token.used", "CODE_USED"), ("decode.wrong_place", "CODE_USED")],
)
def test_a_code_is_spoilt_for_good(struck, holder, fault, refusal):
    text = code(struck.box, holder)

    assert decoded(struck.box, text, fault).json()["code"] == refusal
    assert decoded(struck.box, text).json()["code"] == refusal
    assert decoded(struck.box, code(struck.box, holder)).status_code == 200


def test_a_token_lapses_at_the_window(struck, holder, clinic):
    token = decoded(struck.box, code(struck.box, holder)).json()["ec_token"]
    card = {"mdtrt_cert_type": "01", "mdtrt_cert_no": token}

    assert clinic.query(holder, **card).ok
    struck.arm("token.expired", match={"psn": holder["psn_no"]})
    assert clinic.query(holder, **card).code == "CODE_EXPIRED"


@pytest.fixture
def student(place):
    return citizen(place).arrive()


def submitted(student, fault=None):
    number = student.draft("registrations", student.registration_form(), "id_paper")
    headers = {"X-Sandbox-Fault": fault} if fault else {}
    return student.request("POST", f"/registrations/{number}/submit", headers=headers)


def test_an_application_is_rejected_and_may_be_tried_again(struck, student):
    told = submitted(student, "audit.reject;reason=%E4%B8%8D%E7%AC%A6").json()
    assert (told["state"], told["reason"]) == ("REJECTED", "不符")
    assert submitted(student, "account.create_fail;reason=duplicate_id").json()["state"] == "REJECTED"

    assert submitted(student).json()["state"] == "APPROVED"


def test_somebody_enrolled_elsewhere_meanwhile_is_refused(struck, student):
    assert submitted(student, "enrol.conflict_other_region").json()["code"] == "ALREADY_ENROLLED"
    assert len(student.ask("GET", "/participations")["items"]) == 1


def test_the_office_decides_later(struck, student):
    told = submitted(student, "enrol.delay;s=1800").json()
    assert told["state"] == "SUBMITTED"
    struck.advance(1799)
    assert student.ask("GET", f"/applications/{told['application_id']}")["state"] == "SUBMITTED"
    struck.advance(2)
    assert student.ask("GET", f"/applications/{told['application_id']}")["state"] == "APPROVED"


def test_a_premium_is_paid_and_posted_late_with_a_late_receipt(place, struck):
    for fault in ("paid_not_active", "receipt.delay"):
        payer = taxpayer(place)
        struck.arm(fault, match={"path": "/tax/v1/notify/*"}, params={"s": 86_400})
        bill = payer.pay()
        assert bill["state"] == "PAID"
        shown = len(payer.ask("GET", "/receipts")["items"])
        assert shown == (0 if fault == "receipt.delay" else 1)
        struck.advance(3 * 3600)
        payer.identify()  # the session ended meanwhile
        posted = payer.shown_bill(bill)["state"] == "POSTED"
        assert posted == (fault == "receipt.delay")
        struck.advance(86_400)
        payer.identify()
        assert payer.shown_bill(bill)["state"] == "POSTED"
        assert len(payer.ask("GET", "/receipts")["items"]) == 1


def test_a_person_carries_a_fault_in_the_name(place, struck):
    person = place.person(name="测丙·face.fail", enrolled=True)
    other = place.person(name="测丙", enrolled=True)

    assert face(place, activation(place, person)).status_code == 403
    assert face(place, activation(place, person)).status_code == 403
    assert face(place, activation(place, other)).status_code == 200
    assert place.refusal("POST", "/people", {"region": "510400", "capacity": "employee", "name": "测丁·no.such"}) == (
        422,
        "INVALID_INPUT",
    )
    assert place.person(name="阿依古丽·买买提")["psn_no"]


@pytest.mark.foreign_replies  # a proxy answers some of them
def test_header_goes_before_rule_and_rule_before_person(place, struck, clinic):
    person = place.person(name="测戊·http.504", enrolled=True)
    about = {"psn": person["psn_no"]}
    message = clinic.envelope("2201", {"data": clinic.card(person) | {"psn_no": person["psn_no"]}})

    struck.arm("http.503", match=about)
    met = [struck.national(message, fault).status_code for fault in ("http.502", None, None)]

    assert met == [502, 503, 504]


@pytest.mark.foreign_replies  # a proxy answers some of them
def test_a_rule_lets_the_first_pass_and_ends_with_its_time(place, struck, clinic, patient):
    now = place.ask("GET", "/clock")["now"]
    struck.arm("http.503", times=2, after=1, match={"infno": "1101"})
    assert [struck.national(query(clinic, patient)).status_code for _ in range(4)] == [200, 503, 503, 200]
    struck.arm("http.503", times=None, expires=now)
    assert struck.national(query(clinic, patient)).status_code == 200


@pytest.mark.foreign_replies  # a proxy answers some of them
def test_the_same_seed_replays_the_same_run(struck, clinic, patient):
    def run(seed):
        made = struck.arm("http.503", times=None, probability=0.5, seed=seed, match={"infno": "1101"})
        met = [struck.national(query(clinic, patient)).status_code for _ in range(16)]
        struck.box.ask("DELETE", f"/faults/{made['id']}")
        return met

    first = run(7)
    assert first == run(7)
    assert {200, 503} == set(first)
    assert first != run(8)


def query(clinic, person):
    identity = {"psn_cert_type": "01", "certno": person["id_no"], "psn_name": person["name"]}
    return clinic.envelope("1101", {"data": clinic.card(person) | identity})


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("no.such", "no.such"),
        ("latency;seconds=1", "seconds"),
        ("latency;ms=soon", "ms"),
        ("latency;ms=-1", "ms"),
        ("latency;ms", "ms"),
        ("worker.kill", "worker.kill"),
        ("out_of_area.peer_timeout", "不作用于这类请求"),
        ("face.fail", "face.fail"),
        ("held.pending", "held.pending"),
    ],
)
def test_a_header_that_cannot_be_is_refused_with_what_can(struck, clinic, patient, header, told):
    before = struck.fired()
    sent = query(clinic, patient)
    reply = struck.national(sent, header)

    assert reply.headers["X-Sandbox-Code"] == "INVALID_INPUT"
    assert told in reply.text
    assert struck.fired() == before
    assert struck.national(sent).json()["infcode"] == 0


def test_what_is_listed_can_be_armed_and_what_waits_cannot(struck):
    kinds = struck.box.ask("GET", "/faults/kinds")
    for kind in kinds["items"]:
        needed = {param["name"]: "2026-01-01T00:00:00+08:00" for param in kind["params"] if param["default"] is None}
        made = struck.arm(kind["name"], params=needed)
        assert made["name"] == kind["name"]
    for system in kinds["waiting"]:
        for name in system["names"]:
            assert struck.box.refusal("POST", "/faults", {"name": name})[0] == 422


def test_the_region_of_a_patient_from_elsewhere_does_not_answer_in_time(struck, clinic):
    away = struck.box.person(region="511700", enrolled=True)
    transfer = {"diag_code": "I25", "diag_name": "冠心病", "reflin_medins_no": clinic.institution, "refl_type": "2"}
    transfer |= {"reflin_medins_name": "人民医院", "mdtrtarea_admdvs": "510400", "refl_date": "2025-11-20"}
    transfer |= {"refl_rea": "转上级", "refl_opnn": "同意", "psn_no": away["psn_no"]}
    assert Clinic(struck.box, "H51170000001").call("2501", {"refmedin": transfer}).ok
    home = struck.box.person(enrolled=True)
    visits = {person["psn_no"]: clinic.visit(person, "865.45") for person in (away, home)}
    message = clinic.envelope("2207", clinic.settlement(away, visits[away["psn_no"]], "865.45"))
    fault = "out_of_area.peer_timeout"

    near = struck.national(
        clinic.envelope("2207", clinic.settlement(home, visits[home["psn_no"]], "865.45")), fault
    ).json()
    late = struck.national(message, fault)
    again = struck.national(message)

    assert near["infcode"] == 0  # whoever is insured here is not struck
    assert (late.headers["X-Sandbox-Code"], late.json()["infcode"]) == ("PARTY_TIMEOUT", -1)
    assert "未在规定时间内应答" in late.json()["err_msg"]
    assert again.json()["infcode"] == 0  # nothing was kept, so the same message settles
