"""A visit of 1,000.00 at every institution of Shanghai, Chongqing and Chuzhou, over the national interface."""

from decimal import Decimal

import pytest

from clinic import Clinic

LEVELS = ("L3", "L2", "L1", "L3A", "L3B", "community", "school_clinic", "pharmacy")
HOSPITALS = {level: number for number, level in enumerate(LEVELS[:-1], start=1)}
FUND = {  # what the pooled fund pays of the first visit of a year, by level, worked from the tables of the region
    ("310000", "student"): (350, 420, 490, 350, 350, 490, 800, 0),
    ("310000", "employee"): (350, 375, 400, 350, 350, 400, 400, 350),
    ("500000", "student"): (0, 300, 300, 0, 0, 300, 300, 0),
    ("500000", "employee"): (400, 480, 480, 400, 400, 480, 480, 400),
    ("341100", "student"): (150, 150, 150, 150, 150, 150, 150, 0),
    ("341100", "employee"): (300, 300, 480, 300, 300, 480, 480, 300),
}
BILL = "1000.00"


@pytest.fixture
def cities(world):
    """A world with these three regions, its clock stopped."""
    name = world.ask("POST", "/worlds", {"regions": sorted({region for region, _ in FUND})})["name"]
    box = world.elsewhere(name)
    box.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-11-20T10:00:00+08:00"})
    yield box
    world.ask("DELETE", f"/worlds/{name}")


def settled(box, region, capacity, level):
    code = f"P{region}00001" if level == "pharmacy" else f"H{region}{HOSPITALS[level]:05d}"
    clinic = Clinic(box, code)
    person = box.person(region=region, capacity=capacity, enrolled=True)
    person["insutype"] = "310" if capacity == "employee" else "390"
    return clinic.settle(person, clinic.visit(person, BILL), BILL)


@pytest.mark.parametrize(("region", "capacity"), FUND)
def test_every_institution_can_settle_a_visit(cities, region, capacity):
    for level, fund in zip(LEVELS, FUND[region, capacity], strict=True):
        info = settled(cities, region, capacity, level).setlinfo

        assert Decimal(str(info["fund_pay_sumamt"])) == fund, level
        assert Decimal(str(info["fund_pay_sumamt"])) + Decimal(str(info["psn_part_amt"])) == Decimal(BILL)
    assert cities.violations() == []


def test_strict_settles_the_college_of_shanghai_and_refuses_where_only_illustrations_stand(cities):
    cities.ask("PUT", "/switches", {"policy": "strict"})

    assert settled(cities, "310000", "student", "L3").setlinfo["fund_pay_sumamt"] == 350
    for region, capacity in (("310000", "employee"), ("341100", "student"), ("500000", "employee")):
        refused = settled(cities, region, capacity, "L3")
        assert (refused.ok, refused.code) == (False, "POLICY_GAP")


def test_students_of_chongqing_use_up_their_300_over_the_academic_year(cities):
    student = None
    for at, yuan, fund, cash in (
        ("2018-01-10T10:00:00+08:00", "250.00", "250.00", "0.00"),
        ("2018-08-31T23:59:59+08:00", "80.00", "50.00", "30.00"),
    ):
        cities.ask("PUT", "/clock", {"mode": "frozen", "at": at})
        student = student or cities.person(region="500000", capacity="student", enrolled=True) | {"insutype": "390"}
        hospital = Clinic(cities, "H50000000001")
        info = hospital.settle(student, hospital.visit(student, yuan), yuan).setlinfo

        assert [Decimal(str(info[name])) for name in ("fund_pay_sumamt", "psn_cash_pay")] == [
            Decimal(fund),
            Decimal(cash),
        ]
    assert cities.violations() == []
