"""P10: a disease is applied for with its papers, reviewed with a reason for each rejection, settled by its table."""

from __future__ import annotations

from typing import Any

import pytest

from citizen import Citizen, citizen, frozen
from clinic import Clinic
from yibaobox.domain import enrolment

HOSPITAL = "H51040000001"
BILL = "865.45"
PAPERS = ("id_paper", "diagnosis")


@pytest.fixture
def town(any_box):
    return frozen(any_box)


@pytest.fixture
def here(local_box):
    return frozen(local_box)


def worker(town, **wanted: Any) -> Citizen:
    return citizen(town, **{"region": "510400", "capacity": "employee", "enrolled": True} | wanted).arrive()


def form(**changed: Any):
    filled = {"disease": "M03900", "institutions": [HOSPITAL], "mobile": "13900000001", "agreed": True} | changed
    return {name: value for name, value in filled.items() if value is not None}


def settled(town, person, code="M03900", at=HOSPITAL):
    clinic = Clinic(town, at)
    number = clinic.register(person).output["data"]["mdtrt_id"]
    assert clinic.describe(person, number, med_type="14", dise_codg=code, dise_name="病种").ok
    assert clinic.charge(person, number, BILL).ok
    return clinic.settle(person, number, BILL, med_type="14")


def test_an_approved_application_is_a_qualification_that_settles(town):
    mine = worker(town)

    done = mine.submit("chronic-applications", form(), *PAPERS)
    (held,) = mine.ask("GET", "/chronic/qualifications")["items"]

    assert (done["state"], done["kind_name"]) == ("APPROVED", "门诊慢特病资格申请")
    assert (held["disease_name"], held["state"], held["until_day"]) == ("高血压", "VALID", "2027-11-19")
    assert held["institutions"] == [HOSPITAL]
    assert settled(town, mine.person).setlinfo["hifp_pay"] == 532.36
    assert settled(town, mine.person, at="H51040000002").code == "NOT_ELIGIBLE"


@pytest.mark.parametrize(
    ("wanted", "filled", "papers", "reason"),
    [
        ({}, {}, ("id_paper",), "材料审核不通过：高血压还须提交疾病诊断证明书"),
        ({}, {"disease": "M05300"}, PAPERS, "材料审核不通过：慢性阻塞性肺疾病还须提交检查检验报告"),
        ({"enrolled": False}, {}, PAPERS, "待遇资格审核不通过：未参保，不享受医保待遇"),
        ({}, {"institutions": ["H51170000001"]}, PAPERS, "选定机构审核不通过：H51170000001 不在参保统筹区"),
    ],
)
def test_the_review_rejects_each_with_its_reason(here, wanted, filled, papers, reason):
    mine = worker(here, **wanted)

    done = mine.submit("chronic-applications", form(**filled), *papers)

    assert (done["state"], done["reason"]) == ("REJECTED", reason)
    assert mine.ask("GET", "/applications", params={"kind": "chronic"})["items"][0]["reason"] == reason
    assert mine.ask("GET", "/chronic/qualifications")["items"] == []


def test_a_duplicate_is_rejected_and_a_rejected_one_can_be_applied_for_again(here):
    mine = worker(here)
    assert mine.submit("chronic-applications", form(), "id_paper")["state"] == "REJECTED"
    assert mine.submit("chronic-applications", form(), *PAPERS)["state"] == "APPROVED"

    again = mine.submit("chronic-applications", form(), *PAPERS)

    assert again["reason"] == "重复申请：已有高血压的门诊慢特病资格（有效期至 2027-11-19）"
    assert mine.submit("chronic-applications", form(disease="M01600"), *PAPERS)["state"] == "APPROVED"


def test_a_timed_review_decides_later(town):
    town.ask("PUT", "/switches", {"review_chronic": "P3D"})
    mine = worker(town)
    sent = mine.submit("chronic-applications", form(), *PAPERS)
    assert sent["state"] == "SUBMITTED"

    town.ask("POST", "/clock/advance", {"by": "P3D"})

    mine.sign_in()
    shown = mine.ask("GET", f"/applications/{sent['application_id']}")
    (held,) = mine.ask("GET", "/chronic/qualifications")["items"]
    assert (shown["state"], held["from_day"]) == ("APPROVED", "2025-11-23")


def test_a_review_sees_the_world_as_it_is_by_then(app, here):
    here.ask("PUT", "/switches", {"review_chronic": "P3D"})
    mine = worker(here)
    sent = mine.submit("chronic-applications", form(), *PAPERS)
    with app.worlds.get(here.world).write() as tx:
        part = enrolment.active(tx, mine.psn_no)
        enrolment.suspend(tx, mine.psn_no, part.part_id, on=tx.today, reason="离职")

    here.ask("POST", "/clock/advance", {"by": "P3D"})

    mine.sign_in()
    shown = mine.ask("GET", f"/applications/{sent['application_id']}")
    assert shown["reason"] == "待遇资格审核不通过：参保关系已暂停，不享受医保待遇"


def test_the_office_decides_by_hand(here):
    here.ask("PUT", "/switches", {"review": "manual"})
    mine = worker(here)
    first = mine.submit("chronic-applications", form(), *PAPERS)
    assert mine.submit_refused("chronic-applications", form(), *PAPERS)[:2] == (409, "DUPLICATE_APPLICATION")
    here.ask("POST", f"/cases/{first['application_id']}/reject", {"reason": "病历不清晰"})
    second = mine.submit("chronic-applications", form(), *PAPERS)
    here.ask("POST", f"/cases/{second['application_id']}/complete")

    shown = {
        one["application_id"]: one for one in mine.ask("GET", "/applications", params={"kind": "chronic"})["items"]
    }

    assert shown[first["application_id"]]["reason"] == "病历不清晰"
    assert shown[second["application_id"]]["state"] == "APPROVED"
    assert len(mine.ask("GET", "/chronic/qualifications")["items"]) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"agreed": False}, "知情同意书"),
        ({"agreed": None}, "知情同意书"),
        ({"disease": None}, "疾病名称"),
        ({"institutions": None}, "定点医疗机构"),
        ({"mobile": None}, "联系电话"),
        ({"institutions": ["H51040099999"]}, "不存在"),
        ({"institutions": [HOSPITAL, HOSPITAL]}, "不能重复"),
        ({"institutions": [f"H5104000000{n}" for n in (1, 2, 3, 4)]}, "最多选择3家"),
    ],
)
def test_a_form_that_is_not_filled_in_is_not_taken(here, change, said):
    mine = worker(here)

    status, code, told = mine.submit_refused("chronic-applications", form(**change), *PAPERS)

    assert (status, code, said in told) == (422, "INVALID_INPUT", True), told
    assert mine.ask("GET", "/applications", params={"kind": "chronic"})["items"][0]["state"] == "DRAFT"


@pytest.mark.parametrize(
    "change",
    [{"disease": "M99999"}, {"institutions": "H51040000001"}, {"institutions": ["P51040000001"]}, {"state": "x"}],
)
def test_what_is_no_form_is_not_even_a_draft(here, change):
    mine = worker(here)

    assert mine.refusal("POST", "/chronic-applications", form(**change))[:2] == (422, "INVALID_INPUT")


def test_another_persons_application_looks_like_none_and_an_agent_needs_leave(here):
    mine, other = worker(here), worker(here)
    number = mine.draft("chronic-applications", form(), *PAPERS)
    unknown = (404, "NOT_FOUND")

    assert other.refusal("POST", f"/chronic-applications/{number}/submit")[:2] == unknown
    assert (
        other.acting(mine.let_act(other, "chronic"), mine).ask("POST", f"/chronic-applications/{number}/submit")[
            "agent"
        ]
        == f"*{other.person['name'][-1]}"
    )


def test_diseases_are_listed_with_their_papers_and_institutions_with_their_level(here):
    someone = Citizen(here, {})
    listed = someone.ask("GET", "/chronic/diseases", params={"region": "341102"})
    found = {one["code"]: one for one in listed["items"]}

    assert [one["code"] for one in found["M03900"]["papers"]] == ["id_paper", "diagnosis"]
    assert (found["M03900"]["two"], found["M07801"]["two"], listed["institutions_max"]) == (True, False, 3)
    assert (found["M03900"]["valid_months"], found["M07801"]["valid_months"]) == (24, None)
    names = someone.ask("GET", "/chronic/institutions", params={"region": "510402"})["items"]
    assert {one["code"] for one in names} >= {HOSPITAL, "H51040000003"}
    assert all(one["code"].startswith("H510400") for one in names)
    assert "知情同意书" in someone.ask("GET", "/chronic/notice")["text"]
