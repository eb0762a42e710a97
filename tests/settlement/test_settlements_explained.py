"""Why a settlement came out as it did, and what the audit says when somebody changes it."""

import json

import pytest

from boxes import world_violations

BILL = "865.45"


@pytest.fixture
def settled(clinic, couple):
    patient, spouse = couple(clinic.box)
    visit = clinic.visit(patient, BILL)
    return patient, spouse, visit, clinic.settle(patient, visit, BILL).setlinfo["setl_id"]


def test_each_figure_names_its_source(clinic, settled):
    patient, spouse, visit, setl_id = settled

    told = clinic.box.ask("GET", f"/settlements/{setl_id}/explain")

    steps = {step["step"]: step for step in told["steps"]}
    assert (told["mdtrt_id"], told["psn_no"], told["state"]) == (visit, patient["psn_no"], "SETTLED")
    assert (steps["deductible"]["amount_fen"], steps["deductible"]["source"][-6:]) == (20_000, "L79-80")
    assert (steps["pool_line"]["amount_fen"], steps["pool_line"]["confidence"]) == (33_273, "seed-aggregator")
    assert "统筹年度最高支付限额为1000元" in steps["pool"]["quote"]
    assert told["amounts"]["pool_fen"] + told["amounts"]["own_fen"] + told["amounts"]["family_fen"] == 86_545
    assert told["accounts"]["family"] == [{"psn_no": spouse["psn_no"], "before_fen": 100_000, "paid_fen": 43_272}]
    assert [(row["amount_fen"], row["grade"]) for row in told["rows"]] == [(86_545, "A")]


def test_a_reversed_settlement_is_explained_under_both_numbers(clinic, settled):
    patient, _, visit, setl_id = settled
    undone = clinic.reverse(patient, visit, setl_id).setlinfo["setl_id"]

    told, same = (clinic.box.ask("GET", f"/settlements/{number}/explain") for number in (setl_id, undone))

    assert told == same
    assert (told["state"], told["reversal"]["reversal_id"], told["reversal"]["infno"]) == ("REVERSED", undone, "2208")


@pytest.mark.parametrize("number", ["424242", "abc", "0", "-1", "９"])
def test_what_is_no_settlement_is_not_found(world, number):
    assert world.refusal("GET", f"/settlements/{number}/explain") == (404, "NOT_FOUND")


def given(**changes):
    """A change of the JSON that a settlement was computed from."""
    return lambda text: json.dumps(json.loads(text) | changes)


@pytest.mark.broken_books
@pytest.mark.parametrize(
    ("rule", "column", "value"),
    [
        ("S1", "pool_fen", lambda fen: fen + 1),
        ("S2", "own_fen", lambda fen: fen - 1),
        ("S3", "major_fen", lambda fen: fen + 1),
        ("S4", "first_pay_fen", lambda fen: fen + 1),
        ("S5", "eligible_fen", lambda fen: fen - 1),
        ("S6", "deductible_fen", lambda fen: fen - 1),
        ("S6", "inputs", given(cap_fen=1)),
        ("S8", "account_use", lambda _: "0"),
        ("S8", "inputs", given(givers=[["9" * 20, 5], ["x", 1]], paid=[["x", 1]])),
        ("S9", "msgid", lambda _: "another"),
        ("S10", "cash_fen", lambda fen: fen + 1),
        ("S10", "quoted", lambda _: "other"),
        ("S11", "inputs", given(own_fen=9_999)),
        ("S12", "inputs", given(cap_fen=33_272)),
    ],
)
def test_the_audit_finds_a_settlement_that_was_changed(app, clinic, settled, rule, column, value):
    setl_id = int(settled[3])
    tamper(app, clinic.box.world, setl_id, column, value)

    assert rule in {violation["rule"] for violation in world_violations(app.worlds.get(clinic.box.world))}


@pytest.mark.broken_books
def test_the_audit_finds_rows_that_left_their_settlement(app, clinic, settled):
    with app.worlds.get(clinic.box.world).write() as tx:
        unguarded(tx, "fees")
        tx.run("UPDATE fees SET setl_id = NULL")

    assert {violation["rule"] for violation in world_violations(app.worlds.get(clinic.box.world))} == {"S5"}


@pytest.mark.broken_books
def test_the_audit_finds_a_reversal_that_was_hidden(app, clinic, settled):
    patient, _, visit, setl_id = settled
    assert clinic.reverse(patient, visit, setl_id).ok
    with app.worlds.get(clinic.box.world).write() as tx:
        unguarded(tx, "setl_reversals")
        tx.run("DELETE FROM setl_reversals")

    assert "S0" in {violation["rule"] for violation in world_violations(app.worlds.get(clinic.box.world))}


def tamper(app, world, setl_id, column, value):
    with app.worlds.get(world).write() as tx:
        unguarded(tx, "settlements")
        [before] = tx.one(f"SELECT {column} FROM settlements WHERE setl_id = ?", setl_id)
        tx.run("PRAGMA ignore_check_constraints = ON")
        tx.run("PRAGMA defer_foreign_keys = ON")
        try:
            tx.run(f"UPDATE settlements SET {column} = ? WHERE setl_id = ?", value(before), setl_id)
        finally:
            tx.run("PRAGMA ignore_check_constraints = OFF")


def unguarded(tx, table):
    for (name,) in tx.query("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", table):
        tx.run(f"DROP TRIGGER {name}")


def test_the_database_itself_keeps_settlements(app, clinic, settled):
    import sqlite3

    for change in ("UPDATE settlements SET msgid = 'x'", "DELETE FROM settlements", "DELETE FROM fees"):
        with pytest.raises(sqlite3.IntegrityError), app.worlds.get(clinic.box.world).write() as tx:
            tx.run(change)
