"""The last millisecond of a window and the first of the next day, whoever keeps the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import freezegun
import pytest

from citizen import frozen
from taxpayer import LOW, YEAR, taxpayer
from yibaobox.domain.policy.evaluate import evaluate

LAST = datetime(2025, 12, 31, 23, 59, 59, 999_000, tzinfo=timezone(timedelta(hours=8)))
NEXT = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))
ZONES = ["America/New_York", "Asia/Shanghai", "Pacific/Kiritimati"]


@pytest.fixture(params=ZONES)
def host(request):
    """A host whose clock shows another zone's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def bill(student):
    body = {"part_id": student.part_id, "year": YEAR, "total_fen": LOW}
    reply = student.request("POST", "/bills", body)
    return reply.status_code, reply.json().get("code")


def test_window_closes_at_midnight_of_the_sandbox_clock_whatever_zone_the_host_keeps(local_box, host):
    student = taxpayer(frozen(local_box, LAST.isoformat(timespec="milliseconds")))

    assert bill(student)[0] == 201
    frozen(local_box, NEXT.isoformat())
    student.identify()
    assert bill(student) == (422, "WINDOW_CLOSED")


def test_window_closes_at_midnight_in_china_under_a_frozen_host(local_box):
    local_box.ask("PUT", "/clock", {"mode": "follow"})
    with freezegun.freeze_time(LAST.astimezone(UTC)) as hands:
        student = taxpayer(local_box)
        assert bill(student)[0] == 201
        hands.move_to(NEXT.astimezone(UTC))
        student.identify()
        assert bill(student) == (422, "WINDOW_CLOSED")


@pytest.mark.parametrize("zone", [-12, -5, 0, 8, 14])
def test_case_reads_an_instant_as_the_day_in_china(host, zone):
    there = timezone(timedelta(hours=zone))
    instants = [moment.astimezone(there).isoformat(timespec="milliseconds") for moment in (LAST, NEXT)]
    case = {
        "region": "511700",
        "insurance": "resident_student",
        "kind": "premium",
        "input": [{"benefit_year": YEAR, "tier": 1, "paid_on": instant} for instant in instants],
    }

    assert [item["code"] for item in evaluate(case)["result"]] == ["PAID", "WINDOW_CLOSED"]
