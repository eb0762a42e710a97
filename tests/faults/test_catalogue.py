"""The catalogue of faults: whole, each with an effect and a test, and what waits for its system really waits."""

from importlib.util import find_spec
from pathlib import Path

import pytest

import yibaobox_mocks
from yibaobox.domain import faults
from yibaobox.domain.faults import ALL, KINDS, WAITING, WITHIN
from yibaobox.sandbox import strikes

HERE = Path(__file__).parent
CATALOGUE = """
latency latency.lognormal timeout.before_effect timeout.after_commit reset.before_effect reset.after_commit
truncate.response slow.response malformed.json gbk.response empty.200 http.502 http.503 http.504 rate.429
duplicate.delivery late.delivery
presettle.drift presettle.expired infcode system_error.-1 unknown.then_settled unknown.then_refused reverse.unknown
reverse.lost_response reverse.refused out_of_area.peer_timeout cap.exhausted catalog.missing_code version.mismatch
token.expired token.used face.fail face.timeout card.lost decode.wrong_place
suspend.between enrol.conflict_other_region enrol.delay account.create_fail audit.reject paid_not_active
pay.success_no_notify pay.notify_before_response pay.notify_dup pay.notify_reordered pay.notify_forged_sig
pay.notify_amount pay.late_success_after_close pay.double_channel pay.unknown_then_success pay.unknown_then_failed
refund.pending refund.fail_then_ok mix.fund_ok_cash_fail receipt.delay
family.drained family.unbound_midway family.payer_suspended
recon.center_extra recon.inst_extra recon.amount recon.date_shift recon.file_corrupt recon.late_file
clock.skew clock.jump clock.back policy.switch_at
db.busy db.down db.serialization disk.full worker.kill callback.down callback.slow
"""
# What would have to be there for a fault that waits.
SYSTEMS: dict[str, str | None] = {}


def test_each_fault_of_the_catalogue_is_there_or_waits():
    waiting = [name for names in WAITING.values() for name in names]

    assert sorted([*KINDS, *waiting]) == sorted(CATALOGUE.split())


def test_what_waits_waits_for_something_that_is_not_there():
    assert set(WAITING) == set(SYSTEMS)
    assert [module for module in SYSTEMS.values() if module is not None and find_spec(module) is not None] == []


@pytest.mark.parametrize("name", sorted(KINDS))
def test_each_fault_has_a_test_of_its_own(name):
    texts = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py") if path != Path(__file__))
    stem = name[: -len(name.replace("_", ".").rpartition(".")[2])]  # `timeout.` of a test with f"timeout.{position}"

    assert name in texts or f"{stem}{{" in texts


def test_each_fault_has_an_effect_or_a_point_in_a_service():
    class Installation:
        wallet = courier = None

    effects = strikes.effects(Installation)
    roots = Path(faults.__file__).parent.parent.parent, Path(yibaobox_mocks.__file__).parent
    code = "".join(
        path.read_text(encoding="utf-8")
        for root in roots
        for path in root.rglob("*.py")
        if "domain/faults" not in str(path)
    )

    for name, kind in ALL.items():
        if kind.position == WITHIN or kind.reach.deliveries:
            assert name in effects or f'"{name}"' in code or kind.reach.deliveries, name
        else:
            assert name in effects, name
    assert set(effects) <= set(ALL)


@pytest.mark.parametrize("kind", ALL.values(), ids=list(ALL))
def test_defaults_are_within_their_bounds(kind):
    given = {param.name: param.default for param in kind.params if param.default is not None}
    for param in kind.params:
        if param.name in given:
            assert param.read(given[param.name]) == given[param.name]
        assert param.meaning
    assert kind.meaning
