"""The benchmark runs: turns are taken, figures are told, visits are accepted. No figure is judged here."""

import json

import pytest

from loadtests.bench import client, hosts, report, stays
from loadtests.bench.client import percentile
from loadtests.bench.measure import Call, Cost, Sample, interleave
from loadtests.bench.row import Bench, Row, absent
from loadtests.bench.rows import NAMES, ON_REQUEST, gateways, signatures
from loadtests.bench.visits import OK, Window


def test_contenders_take_turns_and_the_order_is_turned_round():
    order = []
    turns = {name: Call(lambda name=name: order.append(name), times=1) for name in ("one", "two")}

    costs = interleave(turns, 2)

    assert order == ["one", "two", "two", "one"]
    assert [len(cost.samples) for cost in costs.values()] == [2, 2]


def test_a_sample_during_which_the_machine_changed_its_speed_is_dropped():
    assert Cost([Sample(5, 1, 0.5), Sample(9, 1, 0.1), Sample(8, 1, 0.0)]).least_us == 8
    assert Cost([Sample(5, 1, 0.5), Sample(9, 1, 0.3)]).least_us == 9


def test_a_mark_is_a_floor_or_a_ceiling():
    assert [Row("a", 2.0, "", 1.0, at_most=most).met for most in (False, True)] == [True, False]
    assert absent("a", "not installed").met is None


def test_the_report_is_json_and_a_table_and_a_plot(tmp_path):
    rows = [Row("ours", 2.0, "×", 1.0), Row("boot", 2.0, "s", 1.0, at_most=True), absent("peer", "not installed")]

    report.write(tmp_path, {"cores": 2}, rows)

    told = json.loads((tmp_path / "bench.json").read_text())
    assert [row["met"] for row in told["rows"]] == [True, False, None]
    assert "| boot | 2 s | ≤ 1 MISSED |" in (tmp_path / "bench.md").read_text()


def test_the_percentile_is_a_value_that_was_seen():
    assert percentile(list(range(1, 101)), 0.99) == 100
    assert percentile([3.0], 0.5) == 3.0


def test_a_quick_run_does_less(tmp_path):
    assert Bench(tmp_path, quick=True).of(1, 9) < Bench(tmp_path).of(1, 9)


def test_the_visits_stays_and_sales_that_are_measured_are_accepted(tmp_path):
    with hosts.sandbox(tmp_path, "memory://") as host:
        window = Window.open(host, people=2)
        turn = stays.Stays(window, 2)
        turn.prepare()
        assert turn.run() == 2
        assert len(client.closed(host.address, stays.sales(window, 3), 2, OK)) == 3
        assert window.play(window.visits(3)) == 3
        assert len(window.ready_to_settle(2)) == 2
        assert host.cpu_s() > 0
        assert host.memory_mb() > 0
        assert window.control("GET", "/audit")["violations"] == []


def test_many_claims_are_measured_with_and_without_accumulators():
    from loadtests.bench import many_claims

    told = many_claims.measured(3_000, 1)

    assert set(told) == {"plain_ns", "running_ns", "peak_mb"}
    assert min(told.values()) > 0


def test_openfisca_comes_to_the_same_amount_as_the_rules_say():
    pytest.importorskip("openfisca_core")
    from loadtests.bench import openfisca_peer

    paid = openfisca_peer.visit(openfisca_peer.system(), trace=False)

    # 665.45 + 220.00 − 22.00 − 150.00 = 713.45, half of it 356.73; 930.95 − 356.73 − 100.00 − 50.00
    assert round(float(paid), 2) == 424.22


def test_signatures_are_measured_on_request(tmp_path):
    (row,) = signatures.rows(Bench(tmp_path, quick=True))

    assert row.figure > 0
    assert not set(ON_REQUEST) & set(NAMES)


def test_round_trips_at_a_gateway_are_measured(tmp_path):
    (row,) = gateways.rows(Bench(tmp_path, quick=True))

    assert row.figure > 0
    assert row.figure == round(4 * row.facts["cycles_s"])
