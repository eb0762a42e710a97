"""T11: what is paid at the tax channel is known to insurance some time later, and all of it survives a restart."""

from __future__ import annotations

import pytest

from boxes import local
from citizen import frozen
from taxpayer import HIGH, LOW, YEAR, taxpayer
from yibaobox.app import CannotStart, Settings, create_app
from yibaobox.domain import enrolment


@pytest.fixture
def student(any_box):
    return taxpayer(frozen(any_box))


def periods(payer):
    return payer.box.ask("GET", f"/people/{payer.psn_no}")["periods"]


def advance(payer, by):
    fired = payer.box.ask("POST", "/clock/advance", {"by": by})["fired"]
    return [(job["kind"], job["outcome"], job["due_at"][11:16]) for job in fired]


def test_insurance_learns_of_a_payment_half_an_hour_later(student):
    bill = student.pay()
    assert advance(student, "PT29M") == []
    assert periods(student) == []

    assert advance(student, "PT1M") == [("tax.post", "done", "10:30")]
    student.identify()
    posted = student.shown_bill(bill)
    assert (posted["state"], posted["posted_at"]) == ("POSTED", "2025-11-20T10:30:00+08:00")
    (period,) = periods(student)
    assert (period["region"], period["year"], period["state"]) == ("511700", YEAR, "LIVE")
    assert (period["from_day"], period["until_day"]) == ("2026-01-01", "2026-12-31")
    assert period["source"] == f"bill:{bill['bill_id']}"


def test_a_higher_tier_buys_no_second_period(student):
    first, second = student.pay(LOW), student.pay(HIGH)
    assert [outcome for _, outcome, _ in advance(student, "PT1H")] == ["done", "done"]

    student.identify()
    assert [student.shown_bill(bill)["state"] for bill in (first, second)] == ["POSTED", "POSTED"]
    assert len(periods(student)) == 1


def test_a_receipt_tells_everything_that_was_paid_of_a_year(student):
    student.pay(LOW)
    student.pay(HIGH)

    told = [(one["amount_fen"], one["state"]) for one in student.ask("GET", "/receipts")["items"]]
    assert sorted(told) == [(LOW, "REPLACED"), (HIGH, "VALID")]
    assert len({bill["receipt_no"] for bill in student.ask("GET", "/bills")["items"]}) == 1


def test_what_was_paid_is_posted_though_the_person_has_moved(local_box, app):
    student = taxpayer(frozen(local_box))
    bill = student.pay()
    with app.worlds.get(local_box.world).write() as tx:
        part = enrolment.active(tx, student.psn_no)
        enrolment.suspend(tx, student.psn_no, part.part_id, on=tx.today, reason="moved")
    local_box.ask("POST", "/clock/advance", {"by": "PT30M"})

    assert student.identify().shown_bill(bill)["state"] == "POSTED"
    body = {"part_id": bill["part_id"], "year": YEAR, "total_fen": HIGH}
    assert student.refusal("POST", "/bills", body) == (422, "NOT_ELIGIBLE")


@pytest.mark.parametrize("delay", ["P2D", "PT0S"])
def test_the_delay_is_a_setting(delay):
    at = "2025-11-20T10:00:00+08:00"
    app = create_app(Settings(ticker=False, regions=("511700",), at=at, posting_delay=delay))
    payer = taxpayer(local(app))
    bill = payer.pay()

    payer.box.ask("POST", "/clock/advance", {"by": "PT1M"})
    assert payer.shown_bill(bill)["state"] == ("PAID" if delay == "P2D" else "POSTED")
    app.close()


def test_a_delay_that_is_no_duration_is_told_at_the_start():
    with pytest.raises(CannotStart, match="YIBAOBOX_TAX_POSTING_DELAY"):
        create_app(Settings(posting_delay="soon"))


def test_bills_orders_and_the_gateway_survive_a_restart(tmp_path):
    settings = Settings(db=f"sqlite:///{tmp_path}", ticker=False, regions=("511700",), at="2025-11-20T10:00:00+08:00")
    app = create_app(settings)
    payer = taxpayer(local(app))
    paid, open_bill = payer.pay(LOW), payer.bill(HIGH)
    order = payer.order(open_bill)
    app.close()

    app = create_app(settings)
    payer.box = local(app)
    assert payer.shown_bill(paid)["state"] == "PAID"
    assert payer.act(order)["state"] == "SUCCESS"
    assert payer.shown_bill(open_bill)["state"] == "PAID"
    assert [outcome for _, outcome, _ in advance(payer, "PT1H")] == ["done", "done"]
    app.close()


def test_orders_of_the_gateway_go_with_snapshots_exports_and_resets(student):
    box, name = student.box, student.box.world
    order = student.order(student.bill())
    box.ask("POST", "/snapshots", {"name": "before"})
    student.act(order)
    assert box.ask("GET", "/snapshots/before/diff/current")["tables"]["gw_wechat_orders"]["changed"]["count"] == 1

    box.ask("POST", "/snapshots/before/restore")
    assert student.show(order)["state"] == "PAYING"
    assert student.act(order)["state"] == "SUCCESS"
    exported = box.get(f"/_sandbox/v1/worlds/{name}/export").content
    assert b'"gw_wechat_orders"' in exported
    copied = box.request("PUT", f"/_sandbox/v1/worlds/{name}-copy/import", data=exported)
    assert copied.ok, copied.text
    there = box.elsewhere(f"{name}-copy")
    student.box = there
    assert student.show(order)["state"] == "SUCCESS"
    assert there.violations() == []
    box.ask("DELETE", f"/worlds/{name}-copy")
    box.ask("POST", f"/worlds/{name}/reset")
    assert box.refusal("POST", f"/wechat/pay/{order['out_trade_no']}", {}) == (404, "NOT_FOUND")
