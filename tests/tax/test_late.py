"""T9: after the window the public part is borne as well, and benefits wait; states that come with time."""

from __future__ import annotations

import pytest

from citizen import frozen
from taxpayer import LOW, Taxpayer, taxpayer

PERSONAL, PUBLIC = 400_00, 670_00


def hunan(box, at):
    wanted = {"region": "430100", "capacity": "resident", "birth": "1970-01-01", "enrolled": "2024-11-01"}
    return taxpayer(frozen(box, at), **wanted)


def test_in_the_window_only_the_personal_part_is_due(local_box):
    payer = hunan(local_box, "2024-12-31T12:00:00+08:00")
    bill = payer.bill(PERSONAL, year=2025, manner="assessed")

    assert (bill["due_fen"], bill["state"]) == (PERSONAL, "UNPAID")


def test_after_it_the_public_part_as_well_and_three_months_of_waiting(any_box):
    payer = hunan(any_box, "2025-01-01T12:00:00+08:00")
    bill = payer.bill(PERSONAL, year=2025, manner="assessed")
    assert (bill["total_fen"], bill["due_fen"], bill["state"]) == (PERSONAL + PUBLIC,) * 2 + ("ARREARS_STD",)

    assert payer.act(payer.order(bill))["state"] == "SUCCESS"
    any_box.ask("POST", "/clock/advance", {"by": "PT1H"})
    (period,) = any_box.ask("GET", f"/people/{payer.psn_no}")["periods"]
    assert (period["from_day"], period["until_day"]) == ("2025-04-01", "2025-12-31")


def test_an_unpaid_bill_expires_with_its_window(local_box):
    payer = taxpayer(frozen(local_box, "2025-12-31T23:59:59+08:00"))
    bill = payer.bill(LOW)
    assert bill["state"] == "UNPAID"
    local_box.ask("PUT", "/clock", {"mode": "frozen", "at": "2026-01-01T00:00:00+08:00"})

    assert payer.identify().shown_bill(bill)["state"] == "EXPIRED"
    refused = payer.refusal(
        "POST", f"/bills/{bill['bill_id']}/orders", {"channel": "campus", "account_no": "2025000055"}
    )
    assert refused[0] == 422


@pytest.mark.parametrize(
    ("state", "code"), [("tier_correction_used", "CORRECTION_LIMIT"), ("tier_correction_left", "DUE")]
)
def test_the_magic_persons_of_chongqing_have_used_or_left_their_correction(local_box, state, code):
    name = f"{local_box.world}-cq"
    wanted = {"name": name, "regions": ["500000"], "at": "2025-10-10T10:00:00+08:00"}
    local_box.ask("POST", "/worlds", wanted)
    town = local_box.elsewhere(name)
    found = next(one for one in town.ask("GET", "/people/magic")["items"] if one["state"] == state)
    payer = Taxpayer(town, town.ask("GET", f"/people/{found['psn_no']}")).identify()
    path = f"/participations/{payer.part_id}/years/2025"
    line = payer.ask("GET", f"{path}?total_fen=35000")

    assert (line["code"], line["paid_fen"], line["due_fen"]) == (code, 140_00, 350_00 if code == "DUE" else 0)
    assert town.violations() == []
    local_box.ask("DELETE", f"/worlds/{name}")
