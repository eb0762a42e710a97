"""Premiums: bills declared, ordered, paid, posted, and the day reconciled three ways, without any RSA."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from typing import Final

from loadtests.bench.row import Bench, Row
from yibaobox.app import Settings, create_app
from yibaobox.domain import enrolment, jobs, people
from yibaobox.domain.billing import orders
from yibaobox.domain.billing.orders import NewOrder
from yibaobox.domain.billing.payments import Success
from yibaobox.domain.people import NewPerson
from yibaobox.domain.store import World
from yibaobox.tax import HANDLERS, recon
from yibaobox.tax.channel_files import Line
from yibaobox.tax.declare import Wanted, declare
from yibaobox.tax.receive import receive

MARK_S: Final = 60.0
AT: Final = "2025-11-20T10:00:00+08:00"
_DAY: Final = date(2025, 11, 20)
_FEN: Final = 320_00


def rows(bench: Bench) -> Iterator[Row]:
    """Pay and reconcile; CPU time of this process, each payment a transaction of its own, SQLite."""
    count = bench.of(1000, 10_000)
    with bench.scratch("premiums") as folder:
        app = create_app(Settings(db=f"sqlite:///{folder}", ticker=False, regions=("511700",), at=AT))
        world = app.worlds.get("default")
        students = _enrolled(world, count)
        began = time.process_time()
        lines = [_paid(world, *student) for student in students]
        while jobs.run_due(world, HANDLERS):
            pass
        paid_s, began = time.process_time() - began, time.process_time()
        _reconciled(world, lines)
        reconciled_s = time.process_time() - began
        app.close()
    took = round((paid_s + reconciled_s) * 10_000 / count, 1)
    facts = {"bills": count, "paid_s": round(paid_s, 2), "reconciled_s": round(reconciled_s, 2)}
    note = "CPU, one core, without RSA" + ("" if count == 10_000 else f"; {count} of them, times ten")
    yield Row("10,000 bills paid, posted and reconciled", took, "s", MARK_S, at_most=True, note=note, facts=facts)


def _enrolled(world: World, count: int) -> list[tuple[str, int]]:
    made = []
    with world.write() as tx:
        for _ in range(count):
            psn_no = people.create(tx, NewPerson("511700", "student")).psn_no
            part = enrolment.register(tx, psn_no, enrolment.NewParticipation("511700", "student", _DAY))
            made.append((psn_no, part.part_id))
    return made


def _paid(world: World, psn_no: str, part_id: int) -> Line:
    """Declare and order, then be told of the payment, as two requests do; return the channel's line."""
    with world.write() as tx:
        bill = declare(tx, psn_no, Wanted(part_id, 2026, None, _FEN)).bill
        order = orders.create(tx, bill, NewOrder("wechat", psn_no, tx.now_us + 10**9))
    with world.write() as tx:
        receive(tx, order.out_trade_no, Success("wechat", order.out_trade_no, _FEN, tx.now_us), "PT0S")
    return Line(order.out_trade_no, order.out_trade_no, _FEN, ok=True)


def _reconciled(world: World, lines: list[Line]) -> None:
    with world.read() as tx:
        channel = recon.compare(lines, recon.of_channel(tx, "wechat", _DAY))
        known = {line.name: line for line in recon.of_tax(tx, _DAY)}
        insurance = recon.compare(recon.of_insurance(tx, _DAY).values(), known)
    for found in (channel, insurance):
        assert recon.counts(found)[1] == len(lines), "every bill agrees on both sides"
