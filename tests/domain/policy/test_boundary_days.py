"""The last millisecond of a day in China and the first of the next, wherever the machine stands."""

import time

import freezegun
import pytest

from yibaobox.domain import clock
from yibaobox.domain.policy import Place, freshman, shipped
from yibaobox.domain.policy.premium import Ask, quote
from yibaobox.domain.policy.season import months_after


def payable(region, scheme, year):
    def answer(today):
        return quote(Place(region, scheme, "strict"), year, Ask(today)).code

    return answer


def late_total(today):
    return quote(Place("430000", "resident", "strict"), 2025, Ask(today)).due_fen


def pledged(today):
    opened = clock.day_of(clock.to_us(clock.parse_instant("2024-09-04T00:00:00+08:00")))
    place = Place("310000", "resident_student", "strict")
    return freshman.pledge(place, opened, [], today=today, next_paid_on=None).state


def kinds_of_relatives(today):
    return len(shipped().find(Place("341100", "employee"), "family_account", "relations", today).value)


def claimable(today):
    months = shipped().find(Place("310000", "resident_student"), "claim", "claim_months", today).value
    visit = clock.day_of(clock.to_us(clock.parse_instant("2024-10-12T12:00:00+08:00")))
    return today <= months_after(visit, months)


CHONGQING = payable("500000", "resident_student", 2017)
MIDNIGHTS = [  # the first instant of a day in China, in UTC, and what changes with it
    pytest.param(
        "2017-09-19T16:00:00Z", payable("500000", "resident_student", 2017), ["WINDOW_CLOSED", "DUE"], id="X7"
    ),
    pytest.param(
        "2017-10-20T16:00:00Z", payable("500000", "resident_student", 2017), ["DUE", "WINDOW_CLOSED"], id="cq"
    ),
    pytest.param("2023-12-31T16:00:00Z", payable("341100", "resident", 2024), ["DUE", "WINDOW_CLOSED"], id="chuzhou"),
    pytest.param("2024-12-31T16:00:00Z", late_total, [40_000, 107_000], id="hunan"),
    pytest.param("2024-12-31T16:00:00Z", pledged, ["open", "broken"], id="shanghai-pledge"),
    pytest.param("2025-04-12T16:00:00Z", claimable, [True, False], id="shanghai-claim"),
    pytest.param("2024-12-26T16:00:00Z", kinds_of_relatives, [3, 8], id="X5-chuzhou"),
]


@pytest.fixture(params=["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"])
def host(request, monkeypatch):
    """The machine stands somewhere else."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(("midnight", "answer", "expected"), MIDNIGHTS)
def test_a_rule_changes_at_midnight_in_china_under_the_clock_of_the_world(store, host, midnight, answer, expected):
    found = []
    for at in (clock.to_us(clock.parse_instant(midnight)) - 1_000, clock.to_us(clock.parse_instant(midnight))):
        with store.write() as tx:
            clock.put(tx, "frozen", at)
        with store.read() as tx:
            found.append(answer(tx.today))

    assert found == expected


@pytest.mark.parametrize(("midnight", "answer", "expected"), MIDNIGHTS)
def test_a_rule_changes_at_midnight_in_china_when_the_machine_itself_is_frozen(store, host, midnight, answer, expected):
    before = clock.from_us(clock.to_us(clock.parse_instant(midnight)) - 1_000)
    found = []
    for at in (before, clock.parse_instant(midnight)):
        with freezegun.freeze_time(at), store.read() as tx:
            found.append(answer(tx.today))

    assert found == expected
