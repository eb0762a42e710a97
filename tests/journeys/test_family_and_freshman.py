"""Journeys over a real socket on each database: families of 滁州 and 攀枝花, a freshman of 上海 in three endings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from boxes import Box, Server
from citizen import Citizen, citizen, frozen
from clinic import Clinic
from holding import Holder
from taxpayer import Taxpayer
from ward import Counter

CHUZHOU, SHANGHAI, PANZHIHUA = "341100", "310000", "510400"
AUTUMN = "2024-09-03T10:00:00+08:00"
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00\xff\xd9"
)


@pytest.fixture
def place(server: Server, request: pytest.FixtureRequest) -> Iterator[Box]:
    """A world of one region at an instant, on the started server."""
    region, at = request.param
    box = server.box()
    world = box.ask("POST", "/worlds", {"regions": [region], "at": at, "population": 0})["name"]
    town = frozen(box.elsewhere(world), at)
    yield town
    assert town.violations() == []
    box.ask("DELETE", f"/worlds/{world}")


def member_form(member: Citizen, relation: str) -> dict:
    asked = {"id_no": member.person["id_no"], "mobile": member.person["mobile"]}
    return asked | {"relation": relation, "agreed": True}


def add_child(giver: Citizen, child: Citizen) -> dict:
    """Add a child under sixteen with a photograph of the household register."""
    request = giver.ask("POST", "/family/requests", member_form(child, "child"))
    sent = giver.upload(request["application_id"], "household_book", ("户口簿.jpg", JPEG, "image/jpeg"))
    assert (request["proof"], sent.status_code) == ("household_book", 201)
    added: dict = giver.ask("POST", f"/family/requests/{request['application_id']}/submit")
    return added


def fen(yuan: float) -> int:
    return round(yuan * 100)


def buy(town: Box, patient: Citizen, code: str, yuan: str) -> tuple[int, int]:
    """Buy at the region's pharmacy with a code, and return the fen that relatives and cash paid."""
    counter = Counter(town, f"P{patient.person['region']}00001")
    person, shown = patient.person | {"insutype": "390"}, {"mdtrt_cert_type": "01", "mdtrt_cert_no": code}
    assert counter.query(person, **shown).ok
    sold = counter.sell(person, yuan, insutype="390", **shown).setlinfo
    return fen(sold["acct_mulaid_pay"]), fen(sold["psn_cash_pay"])


@pytest.mark.parametrize("place", [(CHUZHOU, "2025-11-20T10:00:00+08:00")], indirect=True, ids=["chuzhou"])
def test_a_family_of_chuzhou_binds_pays_files_applies_and_buys_by_code(place):
    giver = citizen(place, region=CHUZHOU, capacity="employee", enrolled=True, account_fen=200_000).arrive()
    mother = citizen(place, region=CHUZHOU, capacity="resident", birth="1960-03-08", enrolled=True, paid_year=[2025])
    child = citizen(place, region=CHUZHOU, capacity="child", birth="2015-06-01", enrolled=True)
    mother.arrive()

    assert "告知书" in giver.ask("GET", "/family/notice")["text"]
    looked_up = giver.ask("POST", "/family/lookup", {name: mother.person[name] for name in ("id_no", "mobile")})
    giver.ask("POST", "/family", member_form(mother, "parent"))
    assert (looked_up["name"], add_child(giver, child)["state"]) == (f"*{mother.person['name'][-1]}", "ACTIVE")

    payer = Taxpayer(place, giver.person).identify()
    paid = payer.ask("POST", "/family/payments", {"id_no": mother.person["id_no"], "year": 2026})
    assert (paid["bill"]["state"], paid["bill"]["channel"]) == ("PAID", "family")
    premium_fen = 200_000 - paid["account_fen"]

    hospitals = mother.ask("GET", "/chronic/institutions", params={"region": CHUZHOU})["items"]
    disease = {"disease": "M03900", "institutions": [hospitals[0]["code"]], "mobile": mother.person["mobile"]}
    done = mother.submit("chronic-applications", disease | {"agreed": True}, "id_paper", "diagnosis")
    filed = mother.ask(
        "POST",
        "/filings",
        {
            "type": "temporary",
            "destination": PANZHIHUA,
            "from_day": "2025-11-20",
            "contact": "测联系人",
            "contact_mobile": mother.person["mobile"],
            "contact_address": "沙箱路1号",
        },
    )
    assert (done["state"], bool(filed["filing_id"])) == ("APPROVED", True)

    bought = buy(place, mother, Holder(place, mother.person).activate().code(), "30.00")
    guardian = Holder(place, giver.person).activate("national_app")
    bound = guardian.add(child.person, relation="child", way="guardian")
    shown = guardian.ask("POST", f"/family/{bound['binding_id']}/codes")["code"]
    for_child = buy(place, child, shown, "12.00")
    assert (bought[1], for_child[1]) == (0, 0)

    usage = giver.ask("GET", "/family/usage")["items"]
    given = [for_child[0], bought[0]]
    assert [one["amount_fen"] for one in usage] == [*given, premium_fen]
    assert [one["amount_fen"] for one in mother.ask("GET", "/family/usage")["items"]] == [given[1], premium_fen]
    assert place.ask("GET", f"/people/{giver.psn_no}")["account_fen"] == 200_000 - premium_fen - sum(given)


def later(student: Citizen) -> dict:
    """How the account stands, in a new session."""
    student.token = ""
    student.sign_in()
    state: dict = student.ask("GET", "/freshman")
    return state


def confirmed(place: Box) -> Citizen:
    """A freshman who has read the pledge, signed and handed in."""
    student = citizen(place, region=SHANGHAI, capacity="student", birth="2006-05-01").arrive()
    (school,) = student.ask("GET", "/freshman/schools")["items"]
    assert "承诺" in student.ask("GET", f"/freshman/schools/{school['record_id']}")["pledge"]
    asked = {"record_id": school["record_id"], "agreed": True, "signature": student.person["name"]}
    assert student.ask("POST", "/freshman/submit", asked)["state_name"] == "已申请待审核"
    return student


def treated(place: Box, student: Citizen, at: str, institution: str, yuan: str) -> int:
    """Go to an institution on a day, with the code, and return the fen that the fund paid."""
    frozen(place, at)
    clinic, person = Clinic(place, institution), student.person | {"insutype": "390"}
    code = Holder(place, student.person).activate("city_app").code()
    found = clinic.query(person, mdtrt_cert_type="01", mdtrt_cert_no=code)
    assert found.output["insuinfo"][0]["insuplc_admdvs"] == SHANGHAI
    visit = clinic.visit(person, yuan)
    return fen(clinic.settle(person, visit, yuan).setlinfo["fund_pay_sumamt"])


SHANGHAI_2024 = pytest.mark.parametrize("place", [(SHANGHAI, AUTUMN)], indirect=True, ids=["shanghai"])


def treated_twice(place: Box) -> Citizen:
    """A freshman with an account, treated at the school clinic and at a hospital (cases G07 and G08)."""
    student = confirmed(place)
    place.ask("POST", "/clock/advance", {"by": "PT30M"})
    early = Holder(place, student.person)
    assert early.refusal("POST", "/activations", early.form()) == (422, "NOT_ELIGIBLE")
    paid = [
        treated(place, student, "2024-10-12T09:00:00+08:00", "H31000000007", "86.40"),
        treated(place, student, "2024-11-05T09:00:00+08:00", "H31000000001", "512.37"),
    ]
    assert paid == [6_912, 10_619]
    return student


def new_year(place: Box) -> None:
    frozen(place, "2024-12-31T23:59:59+08:00")
    place.ask("POST", "/clock/advance", {"by": "PT1S"})


@SHANGHAI_2024
def test_a_freshman_of_shanghai_who_pays_the_next_year_keeps_everything(place):
    student = treated_twice(place)
    payer = Taxpayer(place, student.person).identify().log_in()
    payer.act(payer.order(payer.bill(40_000, year=2025, manner="assessed")))
    place.ask("POST", "/clock/advance", {"by": "PT1H"})
    new_year(place)

    account = later(student)["account"]
    assert (account["pledge"], account["reclaimed_fen"]) == ("KEPT", 0)
    assert treated(place, student, "2025-01-02T09:00:00+08:00", "H31000000007", "10.00") == 800


@SHANGHAI_2024
def test_a_freshman_of_shanghai_who_breaks_the_pledge_owes_what_the_funds_paid(place):
    student = treated_twice(place)
    new_year(place)

    account = later(student)["account"]
    entries = place.ask("GET", "/ledger/entries", person=student.psn_no)["items"]
    back = sum(one["amount_fen"] for one in entries if one["kind"] == "reclaim" and one["account"].startswith("POOL:"))
    assert (account["pledge"], account["reclaimed_fen"], back) == ("BROKEN", 17_531, 17_531)


@SHANGHAI_2024
def test_a_freshman_of_shanghai_whose_number_stands_under_another_name_fails(place):
    student = confirmed(place)
    place.ask("PUT", f"/people/{student.psn_no}/other-account", {"name": "测同号"})
    place.ask("POST", "/clock/advance", {"by": "PT30M"})

    found = student.ask("GET", "/freshman")
    (case,) = student.ask("GET", "/applications")["items"]
    assert (found["state_name"], case["state_name"]) == ("建账失败", "审核不通过")
    assert found["result"]["reason"] == case["reason"] == "相同证件号存在其他医保账户但姓名不同"


@pytest.mark.parametrize("place", [(PANZHIHUA, "2025-07-03T10:00:00+08:00")], indirect=True, ids=["panzhihua"])
def test_a_family_of_panzhihua_shares_an_account_with_three_kinds_then_eight(place):
    giver = citizen(place, region=PANZHIHUA, capacity="employee", enrolled=True, account_fen=50_000).arrive()
    mother = citizen(place, region=PANZHIHUA, capacity="resident", birth="1958-03-08", enrolled=True)
    brother = citizen(place, region=PANZHIHUA, capacity="resident", birth="1988-03-08", enrolled=True)
    giver.ask("POST", "/family", member_form(mother, "parent"))
    too_early = giver.refusal("POST", "/family", member_form(brother, "sibling"))
    frozen(place, "2025-07-04T08:00:00+08:00")
    giver.sign_in()
    bound = giver.ask("POST", "/family", member_form(brother, "sibling"))

    bought = buy(place, brother, Holder(place, brother.person).activate("alipay").code(), "20.00")
    giver.ask("DELETE", f"/family/{bound['binding_id']}")
    alone = buy(place, brother, Holder(place, brother.person).activate("alipay").code(), "20.00")
    assert too_early[:2] == (422, "INVALID_INPUT")
    assert (bought[1], alone[0]) == (0, 0)
    assert bought[0] == alone[1] > 0
    assert [one["kind_name"] for one in giver.ask("GET", "/family/usage")["items"]] == ["就医购药"]
