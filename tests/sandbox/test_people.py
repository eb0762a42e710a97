"""People and institutions over the control routes."""

import pytest

PERSON = {"region": "510402", "capacity": "employee"}


def test_a_person_is_created_and_shown_in_full(any_box):
    made = any_box.ask("POST", "/people", PERSON | {"name": "测安宁", "account_fen": 120_000})

    assert made["psn_no"].startswith("510400")
    assert len(made["psn_no"]) == 20
    assert made["name"] == "测安宁"
    assert (made["insutype"], made["psn_type"], made["account_fen"]) == ("310", "11", 120_000)
    assert any_box.ask("GET", f"/people/{made['psn_no']}") == made


def test_a_given_number_and_birth_are_kept(any_box):
    made = any_box.ask("POST", "/people", {"region": "511700", "capacity": "student", "id_no": "511701200403150647"})

    assert (made["id_no"], made["birth"], made["sex"]) == ("511701200403150647", "2004-03-15", "2")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"capacity": "employee"}, "INVALID_INPUT"),
        ({"region": "510400"}, "INVALID_INPUT"),
        (PERSON | {"region": "990000"}, "UNKNOWN_REGION"),
        (PERSON | {"capacity": "king"}, "INVALID_INPUT"),
        (PERSON | {"id_no": "510401199001011234"}, "INVALID_INPUT"),
        (PERSON | {"id_no": "11010119900307803X"}, "REALISTIC_ID"),
        (PERSON | {"birth": "2025-02-30"}, "INVALID_INPUT"),
        (PERSON | {"account_fen": -1}, "INVALID_INPUT"),
        (PERSON | {"account_fen": "100"}, "INVALID_INPUT"),
        (PERSON | {"account_fen": True}, "INVALID_INPUT"),
        (PERSON | {"name": "<b>"}, "INVALID_INPUT"),
        (PERSON | {"colour": "red"}, "INVALID_INPUT"),
    ],
)
def test_a_person_who_cannot_be_is_refused(any_box, wanted, code):
    before = any_box.ask("GET", "/people")["total"]

    assert any_box.refusal("POST", "/people", wanted) == (422, code)
    assert any_box.ask("GET", "/people")["total"] == before


@pytest.mark.parametrize(
    ("capacity", "youngest", "oldest"),
    [
        ("employee", 16, 120),
        ("flexible", 16, 120),
        ("retiree", 45, 120),
        ("resident", 16, 120),
        ("child", 0, 18),
        ("student", 15, 45),
        ("assisted", 0, 120),
    ],
)
def test_a_person_has_an_age_that_goes_with_the_capacity(local_box, capacity, youngest, oldest):
    local_box.ask("PUT", "/clock", {"mode": "frozen", "at": "2026-06-15T10:00:00+08:00"})
    wanted = {"region": "510400", "capacity": capacity}
    first, last = f"{2025 - oldest}-06-16", f"{2026 - youngest}-06-15"  # the oldest and the youngest of that day
    made = [local_box.ask("POST", "/people", wanted | {"birth": day})["birth"] for day in (first, last)]
    before = local_box.ask("GET", "/people")

    refused = [local_box.post("/_sandbox/v1/people", wanted | {"birth": f"{2025 - oldest}-06-15"})]
    refused += [local_box.post("/_sandbox/v1/people", wanted | {"birth": f"{2026 - youngest}-06-16"})]

    assert made == [first, last]
    for reply in refused:
        assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, "INVALID_INPUT", "birth")
    assert local_box.ask("GET", "/people") == before


def test_an_identity_number_that_contradicts_the_capacity_is_named(local_box):
    wanted = {"region": "511700", "capacity": "retiree", "id_no": "511701200403150647"}

    reply = local_box.post("/_sandbox/v1/people", wanted)

    assert (reply.status_code, reply.json()["field"]) == (422, "id_no")
    assert "退休人员" in reply.json()["detail"]
    assert local_box.person(**(wanted | {"capacity": "student"}))["birth"] == "2004-03-15"


def test_an_identity_number_belongs_to_one_person(any_box):
    wanted = {"region": "511700", "capacity": "student", "id_no": "511701200403150647"}
    any_box.ask("POST", "/people", wanted)

    assert any_box.refusal("POST", "/people", wanted) == (409, "DUPLICATE_PERSON")


def test_a_realistic_number_is_accepted_where_the_operator_allows_it(monkeypatch):
    from boxes import local
    from yibaobox.app import Settings, create_app

    lenient = local(create_app(Settings(ticker=False, allow_realistic_ids=True)))

    assert lenient.person(id_no="11010119900307803X")["id_no"] == "11010119900307803X"


def test_people_are_listed_newest_first_page_by_page(any_box):
    before = any_box.ask("GET", "/people")["total"]
    made = [any_box.person()["psn_no"] for _ in range(5)]

    first = any_box.ask("GET", "/people", limit=3)
    second = any_box.ask("GET", "/people", limit=3, after=first["next"])

    assert [person["psn_no"] for person in first["items"] + second["items"]][:5] == made[::-1]
    assert first["total"] == before + 5
    assert any_box.refusal("GET", "/people?limit=0") == (422, "INVALID_INPUT")
    assert any_box.refusal("GET", "/people?after=x") == (422, "INVALID_INPUT")
    assert any_box.refusal("GET", "/people?colour=red") == (422, "INVALID_INPUT")


def test_a_person_who_is_not_there_is_not_found(any_box):
    for psn_no in ("51040000000000999999", "1", "%00", "' OR 1=1 --", "9" * 200):
        assert any_box.refusal("GET", f"/people/{psn_no}") == (404, "NOT_FOUND")
    assert any_box.refusal("POST", "/people/51040000000000999999/topup", {"amount_fen": 1}) == (404, "NOT_FOUND")


def test_a_top_up_is_a_balanced_posting(any_box):
    psn_no = any_box.person(account_fen=100)["psn_no"]

    assert any_box.ask("POST", f"/people/{psn_no}/topup", {"amount_fen": 250})["account_fen"] == 350
    entries = any_box.ask("GET", "/ledger/entries", person=psn_no)["items"]
    assert [(entry["kind"], entry["account"], entry["amount_fen"]) for entry in entries] == [
        ("topup", "ACCT", 250),
        ("topup", "OPEN", -250),
        ("opening", "ACCT", 100),
        ("opening", "OPEN", -100),
    ]
    assert any_box.refusal("POST", f"/people/{psn_no}/topup", {"amount_fen": -1}) == (422, "INVALID_INPUT")
    assert any_box.refusal("POST", f"/people/{psn_no}/topup", {}) == (422, "INVALID_INPUT")


def test_people_are_generated_by_seed(any_box):
    before = any_box.ask("GET", "/people")["total"]

    made = any_box.ask("POST", "/people/generate", {"n": 5, "seed": 9, "region": "511700"})

    assert made["total"] == 5
    assert {person["region"] for person in made["items"]} == {"511700"}
    assert any_box.ask("GET", "/people")["total"] == before + 5
    assert any_box.refusal("POST", "/people/generate", {"n": 0, "seed": 9}) == (422, "INVALID_INPUT")
    assert any_box.refusal("POST", "/people/generate", {"n": 1, "seed": 1, "region": "1"}) == (422, "UNKNOWN_REGION")


def test_a_body_that_is_no_strict_json_is_refused(any_box):
    for data, kind, status in (
        (b'{"region":"510400","region":"510400"}', "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"region":NaN}', "application/json", 400),
        (b"[" * 40 + b"]" * 40, "application/json", 400),
        (b"region=510400", "application/x-www-form-urlencoded", 415),
        (b" " * (1 << 20) + b"{}", "application/json", 413),
    ):
        reply = any_box.request("POST", "/_sandbox/v1/people", data=data, headers={"Content-Type": kind})
        assert reply.status_code == status, reply.text


def test_each_region_has_hospitals_of_three_levels_and_a_pharmacy(any_box):
    found = any_box.ask("GET", "/institutions")

    assert found["total"] == len(found["items"])
    levels = {(each["region"], each["level"]) for each in found["items"]}
    assert {(region, level) for region in ("510400", "511700") for level in ("L1", "L2", "L3", "pharmacy")} <= levels


def test_an_institution_is_changed_or_taken_under_contract(any_box):
    changed = any_box.ask("PUT", "/institutions/H51040000001", {"auth": "csb", "level": "L2"})
    made = any_box.ask("PUT", "/institutions/P51040000077", {"auth": "none"})

    assert (changed["auth"], changed["level"]) == ("csb", "L2")
    assert (made["kind"], made["level"]) == ("pharmacy", "pharmacy")
    codes = [each["code"] for each in any_box.ask("GET", "/institutions")["items"]]
    assert codes.count("P51040000077") == 1


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("H51040000001", {"auth": "magic"}),
        ("H51040000001", {}),
        ("H51040000001", {"auth": "auto", "level": "pharmacy"}),
        ("H51040000001", {"auth": "auto", "kind": "pharmacy"}),
        ("X51040000001", {"auth": "auto"}),
        ("H51040000088", {"auth": "auto"}),
        ("H51040000001", {"auth": "auto", "colour": "red"}),
    ],
)
def test_an_institution_that_cannot_be_is_refused(any_box, code, body):
    assert any_box.refusal("PUT", f"/institutions/{code}", body) == (422, "INVALID_INPUT")
