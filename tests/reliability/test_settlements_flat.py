"""A server that settles for hours does not grow: neither by what it remembers of people nor by what of messages."""

import os

import psutil
import pytest

from boxes import local
from clinic import Clinic
from yibaobox.app import Settings, create_app

FEW, MANY = 100, 200_000
WARM = 40  # settlements after which caches, pools and rings are full enough to be measured against
PEOPLE = 20
GROWTH_MAX = {FEW: 24 << 20, MANY: 48 << 20}


def memory():
    return psutil.Process(os.getpid()).memory_info().rss


def settle(clinic, people, numbers):
    """Register, charge, settle; every fourth is taken back, so that both ways are walked."""
    for number in numbers:
        person, msgid = people[number % PEOPLE], f"H51040000001N{number:010d}"
        visit = clinic.call("2201", clinic.registration(person), f"R{msgid}").output["data"]["mdtrt_id"]
        row = clinic.row(person, visit, "1.00", feedetl_sn=str(number))
        assert clinic.call("2204", {"feedetail": [row]}, f"C{msgid}").ok
        told = clinic.call("2207", clinic.settlement(person, visit, "1.00"), msgid).setlinfo
        if number % 4 == 0:
            assert clinic.reverse(person, visit, told["setl_id"], f"B{msgid}").ok


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
def test_memory_stays_flat_over_settlements(tmp_path, count):
    app = create_app(Settings(db=f"sqlite:///{tmp_path}", ticker=False))
    box = local(app)
    name = box.ask("POST", "/worlds", {"regions": ["510400"], "population": 0})["name"]
    box = box.elsewhere(name)
    clinic = Clinic(box)
    people = [box.person(enrolled=True, account_fen=10**9) for _ in range(PEOPLE)]
    settle(clinic, people, range(WARM))
    before = memory()

    settle(clinic, people, range(WARM, count))

    grown = memory() - before
    assert grown <= GROWTH_MAX[count], f"{grown >> 20} MiB"
    assert box.ask("GET", f"/people/{people[1]['psn_no']}")["account_fen"] < 10**9
    if count == FEW:  # the audit reads everything at once
        assert box.violations() == []
    local(app).ask("DELETE", f"/worlds/{name}")
    app.close()
