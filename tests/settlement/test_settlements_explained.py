"""Why a settlement came out as it did, and what the audit says when somebody changes it."""

import json
import sqlite3

import pytest

from boxes import world_violations
from yibaobox.domain.policy import shipped, terms
from yibaobox.domain.policy.explain import steps
from yibaobox.domain.store import migrate

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


def test_settlements_by_the_same_tables_keep_their_sources_once(app, clinic, couple, settled):
    patient, _ = couple(clinic.box)
    other = clinic.settle(patient, clinic.visit(patient, BILL), BILL).setlinfo["setl_id"]

    one, two = (clinic.box.ask("GET", f"/settlements/{number}/explain") for number in (settled[3], other))

    assert one["sources"] == two["sources"] != {}
    with app.worlds.get(clinic.box.world).read() as tx:
        assert [len(row[0]) for row in tx.query("SELECT digest FROM explanation_sources")] == [64]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), app.worlds.get(clinic.box.world).write() as tx:
        tx.run("DELETE FROM explanation_sources")


def test_what_was_settled_when_each_kept_its_own_sources_is_explained_alike(app, clinic, settled):
    asked = f"/settlements/{settled[3]}/explain"
    told = clinic.box.ask("GET", asked)

    tamper(app, clinic.box.world, int(settled[3]), "explanation", spelled_out(told["sources"], told["rows"]))

    assert clinic.box.ask("GET", asked) == told


def test_settlements_survive_that_their_tables_are_made_anew(app, clinic, settled):
    patient, _, visit, setl_id = settled
    assert clinic.reverse(patient, visit, setl_id).ok
    store = app.worlds.get(clinic.box.world).store
    tables = ("visits", "settlements", "setl_reversals", "postings", "entries", "balances", "books", "messages")

    def rows():
        with store.read() as tx:
            return [sorted(tx.query(f"SELECT * FROM {table}")) for table in tables]

    asked = f"/settlements/{setl_id}/explain"
    told = clinic.box.ask("GET", asked)
    with pytest.raises(ValueError, match="settlements refer to the sources"):
        migrate.downgrade(store, "world", "w0021")
    tamper(app, clinic.box.world, int(setl_id), "explanation", spelled_out(told["sources"], told["rows"]))
    with store.write() as tx:
        unguarded(tx, "explanation_sources")
        tx.run("DELETE FROM explanation_sources")
    before = rows()
    migrate.downgrade(store, "world", "w0021")
    assert rows() == before
    migrate.upgrade(store, "world")

    assert rows() == before
    assert clinic.box.ask("GET", asked) == told
    assert clinic.settle(patient, visit, BILL).ok
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"), store.write() as tx:
        tx.run("INSERT INTO fee_uploads SELECT psn_no, visit_id, upload + 1000, batch, 424242, 1 FROM fee_uploads")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"), store.write() as tx:
        tx.run("INSERT INTO diagnoses VALUES ('x', 1, 1, 'a', 'b', '{}')")


def spelled_out(sources, rows):
    """Write a stored explanation as it was written before revision w0023."""

    def written(text):
        stored = json.loads(text)
        named = [step | {"cites": step["cites"] if step["cites"] in sources else None} for step in steps(stored)]
        return json.dumps(stored | {"sources": sources, "rows": rows, "steps": named}, ensure_ascii=False)

    return written


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
@pytest.mark.parametrize("change", ["setl_id = NULL", "row_count = row_count + 1"])
def test_the_audit_finds_rows_that_left_their_settlement_or_their_upload(app, clinic, settled, change):
    with app.worlds.get(clinic.box.world).write() as tx:
        unguarded(tx, "fee_uploads")
        tx.run(f"UPDATE fee_uploads SET {change}")

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
    for change in ("UPDATE settlements SET msgid = 'x'", "DELETE FROM settlements", "DELETE FROM fees"):
        with pytest.raises(sqlite3.IntegrityError), app.worlds.get(clinic.box.world).write() as tx:
            tx.run(change)


def test_the_database_itself_keeps_every_fact_of_a_fee_row(app, clinic, settled):
    with app.worlds.get(clinic.box.world).read() as tx:
        facts = {row[1] for row in tx.query("PRAGMA table_info(fees)")}
    assert len(facts) == 19
    for name in sorted(facts):
        with (
            pytest.raises(sqlite3.IntegrityError, match="never changes"),
            app.worlds.get(clinic.box.world).write() as tx,
        ):
            tx.run(f"UPDATE fees SET {name} = {name}")


def test_a_figure_is_told_with_its_operands_rule_and_days(clinic, settled):
    told = clinic.box.ask("GET", f"/settlements/{settled[3]}/explain")
    steps = {step["step"]: step for step in told["steps"]}

    assert steps["pool_line"]["from"] == {"pool_base_fen": 66_545, "ratio_ppm": 500_000, "factor_ppm": 1_000_000}
    assert steps["pool_line"]["rule"] == "half_up(pool_base x ratio x factor)"
    assert (steps["pool"]["zh"], steps["pool"]["en"]) == (
        "统筹基金支付 332.73（封顶线 1000.00，本年已付 0.00）",
        "pooled fund pays 332.73 of 332.73 (cap 1000.00, paid this year 0.00)",
    )
    assert steps["pool"]["figure"] == "employee.outpatient.cap"
    assert "any.outpatient.deductible_basis" in {each["figure"] for each in told["assumptions"]}
    assert "any.catalogue.first_pay" not in {each["figure"] for each in told["assumptions"]}, "no row is of class B"


@pytest.mark.parametrize(("lang", "kept", "gone"), [("zh", "zh", "en"), ("en", "en", "zh")])
def test_one_language_leaves_the_other_out(clinic, settled, lang, kept, gone):
    told = clinic.box.ask("GET", f"/settlements/{settled[3]}/explain", lang=lang)
    rows = [*told["steps"], *told["why_not"], *told["assumptions"]]

    assert all(kept in row and gone not in row for row in rows)
    assert clinic.box.refusal("GET", f"/settlements/{settled[3]}/explain?lang=fr") == (422, "INVALID_INPUT")


def test_the_cap_and_empty_accounts_are_named_as_reasons(clinic, couple):
    patient, _ = couple(clinic.box, own_fen=0, spouse_fen=0)
    setl_id = clinic.settle(patient, clinic.visit(patient, "3000.00"), "3000.00").setlinfo["setl_id"]

    told = clinic.box.ask("GET", f"/settlements/{setl_id}/explain")

    assert {reason["code"]: reason["amount_fen"] for reason in told["why_not"]} == {
        "CAP_REACHED": 40_000,
        "ACCOUNTS_EMPTY": 200_000,
    }


def test_the_same_visit_elsewhere_or_another_day_is_computed_and_nothing_changes(any_clinic, couple):
    patient, _ = couple(any_clinic.box)
    setl_id = any_clinic.settle(patient, any_clinic.visit(patient, BILL), BILL).setlinfo["setl_id"]
    before = any_clinic.box.ask("GET", "/audit")["head"]
    ask = f"/settlements/{setl_id}/what-if"

    lower = any_clinic.box.ask("POST", ask, {"level": "L2"})
    elsewhere = any_clinic.box.ask("POST", ask, {"region": "511702"})
    same = any_clinic.box.ask("POST", ask, {})
    used = any_clinic.box.ask("POST", ask, {"on": "2026-01-01", "accumulators": "stored"})

    assert lower["difference"]["pool_fen"] == 6_654
    assert sum(lower["difference"][name] for name in ("pool_fen", "own_fen", "family_fen", "cash_fen")) == 0
    assert (elsewhere["what_if"]["region"], elsewhere["accumulators"]) == ("511700", "zero")
    assert (set(same["difference"].values()), same["accumulators"]) == ({0}, "stored")
    assert (used["what_if"]["on"], used["accumulators"]) == ("2026-01-01", "stored")
    assert any_clinic.box.ask("GET", "/audit")["head"] == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"region": "999999"}, "UNKNOWN_REGION"),
        ({"region": "460100"}, "POLICY_GAP"),
        ({"on": "1999-01-01"}, "POLICY_GAP"),
        ({"on": "2025-02-30"}, "INVALID_INPUT"),
        ({"level": "L9"}, "INVALID_INPUT"),
        ({"scheme": "any"}, "INVALID_INPUT"),
        ({"surprise": 1}, "INVALID_INPUT"),
        ([], "INVALID_INPUT"),
    ],
)
def test_what_cannot_be_asked_is_refused(clinic, settled, changes, code):
    assert clinic.box.refusal("POST", f"/settlements/{settled[3]}/what-if", changes) == (422, code)


def test_what_if_of_no_settlement_is_not_found(world):
    assert world.refusal("POST", "/settlements/424242/what-if", {}) == (404, "NOT_FOUND")


def test_a_settlement_is_explained_by_what_was_stored_not_by_todays_tables(app, clinic, settled, monkeypatch):
    setl_id = settled[3]
    before = clinic.box.ask("GET", f"/settlements/{setl_id}/explain")
    monkeypatch.setattr("yibaobox.domain.policy.resolve.read_compiled", list)
    shipped.cache_clear()
    terms.forget()
    try:
        after = clinic.box.ask("GET", f"/settlements/{setl_id}/explain")
        gap = clinic.box.refusal("POST", f"/settlements/{setl_id}/what-if", {})
    finally:
        monkeypatch.undo()
        shipped.cache_clear()
        terms.forget()

    assert (after, gap) == (before, (422, "POLICY_GAP"))
