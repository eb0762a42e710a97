"""P13: 1,000 students of Chongqing: every injected mismatch is found, none is invented, the rest is activated."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter

import pytest

from citizen import frozen
from yibaobox.domain import enrolment, people
from yibaobox.domain.people import NewPerson

REGION, YEAR = "500000", 2017
HEAD = ["id_no", "name", "amount_fen", "paid_on"]
STUDENTS, EACH = 1000, 11
KINDS = ("NOT_PAID", "NOT_REGISTERED", "DUPLICATE", "NAME", "AMOUNT", "LATE", "BAD_ID")


def enrol(app, box, count):
    """Students who registered during the weeks of the campaign, each with the office."""
    with app.worlds.get(box.world).write() as tx:
        for _ in range(count):
            person = people.create(tx, NewPerson(REGION, "student"))
            wanted = enrolment.NewParticipation(REGION, "student", tx.today, benefit_year=YEAR)
            enrolment.register(tx, person.psn_no, wanted)


def exported(box):
    told = box.ask("GET", "/tax/campaign", region=REGION, year=YEAR)
    rows = list(csv.DictReader(io.StringIO(told["content"])))
    assert len(rows) == told["total"]
    return rows


def written(rows):
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *rows])
    return text.getvalue()


def match(box, rows, **more):
    body = {"region": REGION, "year": YEAR, "finance": written(rows)} | more
    return box.ask("POST", "/tax/campaign/match", body)


def taken(row, chance):
    return [row["id_no"], row["name"], chance.choice([140_00, 350_00]), f"2017-10-{chance.randint(10, 20):02d}"]


def spoil(kind, row, stranger):
    """Return the lines of one student, spoilt in one way."""
    changed = {
        "NOT_PAID": [],
        "NOT_REGISTERED": [row, [stranger["id_no"], stranger["name"], *row[2:]]],
        "DUPLICATE": [row, row],
        "NAME": [[row[0], f"{row[1]}氏", *row[2:]]],
        "AMOUNT": [[*row[:2], 141_00, row[3]]],
        "LATE": [[*row[:3], "2017-10-21"]],
        "BAD_ID": [row, [row[0][:-1] + ("0" if row[0][-1] != "0" else "1"), *row[1:]]],
    }
    return changed[kind]


@pytest.mark.parametrize("seed", [1])
def test_a_campaign_of_a_thousand_students(local_box, app, seed):
    chance = random.Random(seed)
    town = frozen(local_box, "2017-09-25T10:00:00+08:00")
    enrol(app, town, STUDENTS)
    registered = exported(town)
    assert len(registered) == STUDENTS
    strangers = [town.person(region=REGION, capacity="student") for _ in range(EACH)]

    spoilt = [kind for kind in KINDS for _ in range(EACH)]
    chosen = chance.sample(range(STUDENTS), len(spoilt))
    lines, number = [taken(row, chance) for row in registered], Counter()
    wrong = dict(zip(chosen, spoilt, strict=True))
    finance = []
    for place, line in enumerate(lines):
        kind = wrong.get(place)
        number[kind] += 1
        finance += [line] if kind is None else spoil(kind, line, strangers[number[kind] - 1])
    chance.shuffle(finance)

    frozen(town, "2017-10-28T10:00:00+08:00")
    told = match(town, finance)
    assert Counter(one["kind"] for one in told["mismatches"]) == dict.fromkeys(KINDS, EACH)
    expected = STUDENTS - sum(EACH for kind in KINDS if kind not in {"NOT_REGISTERED", "BAD_ID"})
    assert (told["matched"], told["activated"]) == (expected, 0)

    done = match(town, finance, activate=True)
    assert (done["activated"], done["refused"]) == (expected, [])
    assert len(exported(town)) == STUDENTS - expected
    again = match(town, finance, activate=True)
    assert (again["matched"], again["activated"]) == (0, 0)
    check_activated(town, registered, wrong)


def check_activated(town, registered, wrong):
    """One who matched is entitled for the college's year and has a receipt; one who did not is not."""
    good = next(row for place, row in enumerate(registered) if place not in wrong)
    bad = next(row for place, row in enumerate(registered) if wrong.get(place) == "NAME")
    (period,) = town.ask("GET", f"/people/{good['psn_no']}")["periods"]
    assert (period["from_day"], period["until_day"], period["state"]) == ("2017-09-01", "2018-08-31", "LIVE")
    assert town.ask("GET", f"/people/{bad['psn_no']}")["periods"] == []


@pytest.mark.parametrize(
    "finance",
    [
        *("", "\n", "\r", "id_no\n", "id_no,name,amount_fen,paid_on\na,b,c,d\n", "a\rb", '"a"b\n'),
        pytest.param("a" * 200_000, id="a cell of 200,000 characters"),
    ],
)
def test_what_is_no_finance_data_is_refused(local_box, finance):
    body = {"region": REGION, "year": YEAR, "finance": finance}
    assert local_box.refusal("POST", "/tax/campaign/match", body) == (422, "INVALID_INPUT")
