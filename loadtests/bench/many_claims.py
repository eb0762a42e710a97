"""A million claims through `settle_batch`; as a command it says in JSON what they cost and how much memory was used.

Claims of four kinds of visits at three levels; every third line has a ceiling, every third is of class B. In one pass,
and with accumulators carried from claim to claim for 200,000 people in no order.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import date
from typing import Final

import numpy as np

from yibaobox.domain.policy import Standing, policy_for
from yibaobox.domain.policy.batch import Claims, Lines, Rules, settle_batch
from yibaobox.domain.policy.claim import ROLES
from yibaobox.domain.policy.columns import Column

PEOPLE: Final = 5  # claims to a person, on the average
_DAY: Final = date(2025, 11, 20)
_VISITS: Final = (
    ("510400", "employee", "outpatient", "active"),
    ("510400", "employee", "outpatient", "retired"),
    ("510400", "resident", "inpatient", "normal"),
    ("511700", "resident", "inpatient", "normal"),
)


def rules() -> Rules:
    """Return the terms of all visits at each level."""
    policies = [(policy_for(region, scheme, setting, _DAY), who) for region, scheme, setting, who in _VISITS]
    return Rules(
        [
            (policy.terms(Standing(who, level)), [policy.buckets[role] for role in ROLES])
            for policy, who in policies
            for level in ("L1", "L2", "L3")
        ]
    )


def claims(table: Rules, count: int) -> tuple[Claims, Column]:
    """Return claims of one line each, and the person of each."""
    draw = np.random.default_rng(42)
    amounts = draw.integers(0, 300_000, count)
    lines = Lines(
        starts=np.arange(count + 1, dtype=np.int64),
        amount_fen=amounts,
        grade=draw.integers(0, 3, count),
        ceiling_fen=np.where(draw.integers(0, 3, count) == 0, 100_000, -1),
    )
    money = draw.integers(0, 50_000, (2, count))
    made = Claims(draw.integers(0, len(table), count), lines, own_fen=money[0], family_fen=money[1])
    return made, draw.integers(0, max(1, count // PEOPLE), count)


def measured(count: int, turns: int) -> dict[str, float]:
    """Return nanoseconds of CPU a claim, the least of some turns, and the peak of memory in MB."""
    table = rules()
    made, person = claims(table, count)
    books = np.zeros((max(1, count // PEOPLE), len(table.buckets)), np.int64)
    plain, running = [], []
    for _ in range(turns):
        begin = time.process_time()
        settle_batch(table, made)
        between = time.process_time()
        settle_batch(table, made, books, person)
        plain.append(between - begin)
        running.append(time.process_time() - between)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"plain_ns": min(plain) / count * 1e9, "running_ns": min(running) / count * 1e9, "peak_mb": peak}


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]), int(sys.argv[2]))))
