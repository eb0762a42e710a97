"""P9: treatment elsewhere is filed by oneself or by somebody with leave, takes effect at once, and is taken back."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from boxes import session
from citizen import Citizen, citizen, frozen
from clinic import Clinic

BILL = "865.45"


@pytest.fixture
def town(any_box):
    return frozen(any_box)


@pytest.fixture
def here(local_box):
    return frozen(local_box)


def worker(town, **wanted: Any) -> Citizen:
    facts = {"region": "511700", "capacity": "employee", "enrolled": True} | wanted
    return citizen(town, **facts).arrive()


def form(**changed: Any):
    filled = {"type": "temporary", "destination": "510400", "from_day": "2025-11-20", "contact": "测联系人"}
    filled |= {"contact_mobile": "13900000001", "contact_address": "沙箱路1号"} | changed
    return {name: value for name, value in filled.items() if value is not None}


def paid(town, person):
    clinic = Clinic(town)
    return clinic.settle(person, clinic.visit(person, BILL), BILL)


def test_a_filing_takes_effect_at_once_and_ends_when_it_is_taken_back(town):
    mine = worker(town)
    assert paid(town, mine.person).code == "NOT_ELIGIBLE"

    made = mine.ask("POST", "/filings", form())
    settled = paid(town, mine.person)
    gone = mine.ask("POST", f"/filings/{made['filing_id']}/cancel", {"reason": "行程取消"})

    assert (made["state"], made["from_day"], made["until_day"]) == ("VALID", "2025-11-20", "2026-05-19")
    assert (made["type_name"], made["destination_name"]) == ("其他临时外出就医人员", "四川省攀枝花市")
    assert settled.setlinfo["hifp_pay"] == 199.64
    assert (gone["state"], gone["cancel_reason"]) == ("CANCELLED", "行程取消")
    assert paid(town, mine.person).code == "NOT_ELIGIBLE"
    assert mine.ask("GET", "/filings")["items"] == [mine.ask("GET", f"/filings/{made['filing_id']}")]
    assert mine.refusal("POST", f"/filings/{made['filing_id']}/cancel", {"reason": "再撤"})[:2] == (409, "CONFLICT")


def test_it_is_filed_for_somebody_who_gave_leave_and_for_nobody_else(town):
    agent, principal, stranger = worker(town), worker(town), worker(town)
    principal.let_act(agent, "filing")
    for_other = {"region": "511702", "id_type": "01", "id_no": principal.person["id_no"]}

    made = agent.ask("POST", "/filings", form(for_other=for_other, contact=None))

    shown = principal.ask("GET", f"/filings/{made['filing_id']}")
    assert shown["agent"] == f"*{agent.person['name'][-1]}"
    assert paid(town, principal.person).ok
    wrong = [
        for_other | {"id_no": stranger.person["id_no"]},
        for_other | {"id_no": "511701199505050270"},
        for_other | {"region": "510400"},
    ]
    told = {agent.refusal("POST", "/filings", form(for_other=one)) for one in wrong}
    assert {one[:2] for one in told} == {(403, "CHECK_FAILED")}
    assert len(told) == 1  # who gave no leave looks like who does not exist
    assert agent.ask("GET", "/filings")["items"] == []
    assert stranger.ask("GET", "/filings")["items"] == []


def test_an_agents_session_files_and_cancels_for_the_principal(here):
    agent, principal = worker(here), worker(here)
    acting = agent.acting(principal.let_act(agent, "filing"), principal)

    made = acting.ask("POST", "/filings", form(contact=None))

    assert principal.ask("GET", "/filings")["items"][0]["filing_id"] == made["filing_id"]
    assert acting.ask("POST", f"/filings/{made['filing_id']}/cancel", {"reason": "改期"})["state"] == "CANCELLED"


def test_another_persons_filing_looks_like_none(here):
    mine, other = worker(here), worker(here)
    number = mine.ask("POST", "/filings", form())["filing_id"]

    said = {
        other.refusal(method, f"/filings/{which}{tail}", body)
        for which in (number, number + 999)
        for method, tail, body in (("GET", "", None), ("POST", "/cancel", {"reason": "x"}))
    }

    assert said == {(404, "NOT_FOUND", "备案不存在")}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from_day": "2025-11-19"}, "开始日期"),
        ({"from_day": "2027-01-01"}, "开始日期"),
        ({"from_day": "2025-02-30"}, ""),
        ({"until_day": "2025-11-19"}, "结束日期"),
        ({"until_day": "2026-05-20"}, "最长至 2026-05-19"),
        ({"destination": "511702"}, "无需备案"),
        ({"destination": "999999"}, ""),
        ({"destination": "810000"}, ""),
        ({"type": "resettled"}, "参保身份不符"),
        ({"type": "其他临时外出就医人员"}, ""),
        ({"student_place": "school"}, "只有大学生"),
        ({"contact_mobile": None}, "联系人电话"),
        ({"contact_mobile": "123"}, ""),
        ({"contact_address": None}, "联系人地址"),
        ({"contact": None}, "联系人"),
        ({"contact": "x" * 51}, ""),
        ({"psn_no": "1"}, ""),
        *(({name: None}, "") for name in ("type", "destination", "from_day")),
    ],
)
def test_a_form_that_cannot_stand_is_refused_and_files_nothing(shared, change, field):
    status, code, said = shared.refusal("POST", "/filings", form(**change))

    assert (status, code, field in said) == (422, "INVALID_INPUT", True), said
    assert shared.ask("GET", "/filings")["items"] == []


@pytest.fixture(scope="module")
def shared(app):
    from boxes import local

    client = local(app)
    made = client.elsewhere(client.ask("POST", "/worlds", {"regions": ["510400", "511700"]})["name"])
    return worker(frozen(made))


def test_who_is_not_insured_files_nothing_and_who_waits_neither(here):
    nobody = citizen(here, region="511700", capacity="employee").arrive()

    assert nobody.refusal("POST", "/filings", form())[:2] == (422, "NOT_ELIGIBLE")


def test_the_same_filing_is_not_made_twice_while_another_place_is(here):
    mine = worker(here)
    mine.ask("POST", "/filings", form())

    assert mine.refusal("POST", "/filings", form())[:2] == (409, "DUPLICATE_APPLICATION")
    assert mine.ask("POST", "/filings", form(destination="310000"))["destination_name"].startswith("上海")
    assert mine.ask("POST", "/filings", form(type="long_term"))["until_day"] is None


def test_of_ten_submissions_at_once_one_is_filed(town):
    mine = worker(town)
    barrier, told = threading.Barrier(10), []

    def race() -> None:
        own = Citizen(
            type(town)(town.url, session() if "test" not in town.url else town.session, town.world), mine.person
        )
        own.token = mine.token
        barrier.wait()
        told.append(own.request("POST", "/filings", form()).status_code)

    threads = [threading.Thread(target=race) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(told) == [201] + [409] * 9
    assert len(mine.ask("GET", "/filings")["items"]) == 1


def test_a_hospitals_transfer_is_shown_and_taken_back_by_the_hospital_alone(here):
    mine = worker(here)
    node = {"diag_code": "I25", "diag_name": "冠心病", "reflin_medins_no": "H51040000001", "refl_type": "2"}
    node |= {"reflin_medins_name": "人民医院", "mdtrtarea_admdvs": "510400", "refl_date": "2025-11-20"}
    sent = Clinic(here, "H51170000001").call(
        "2501", {"refmedin": node | {"refl_rea": "转上级", "refl_opnn": "同意", "psn_no": mine.psn_no}}
    )
    number = sent.output["result"]["trt_dcla_detl_sn"]

    (shown,) = mine.ask("GET", "/filings")["items"]

    assert (str(shown["filing_id"]), shown["kind"], shown["type_name"]) == (number, "transfer", "转往省内异地")
    status, code, said = mine.refusal("POST", f"/filings/{number}/cancel", {"reason": "不去了"})
    assert (status, code, "由医院办理" in said) == (409, "CONFLICT", True)


def test_an_expired_filing_needs_no_cancelling(here):
    mine = worker(here)
    number = mine.ask("POST", "/filings", form(until_day="2025-11-20"))["filing_id"]
    here.ask("POST", "/clock/advance", {"by": "P1D"})
    mine.sign_in()

    assert mine.ask("GET", f"/filings/{number}")["state"] == "EXPIRED"
    assert mine.refusal("POST", f"/filings/{number}/cancel", {"reason": "晚了"})[:2] == (409, "CONFLICT")
    assert paid(here, mine.person).code == "NOT_ELIGIBLE"


def test_the_types_are_listed_with_their_names(here):
    listed = Citizen(here, {}).ask("GET", "/filings/types")

    assert {"code": "temporary", "name": "其他临时外出就医人员", "status": "temporary_filed"} in listed["types"]
    assert {"code": "internship", "name": "实习地"} in listed["student_places"]
