from datetime import UTC, date, datetime, timedelta, timezone

import freezegun
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ground import NOON, NOON_TEXT, run_code
from yibaobox.domain import clock
from yibaobox.domain.errors import InvalidInput

DAY_US = 86_400_000_000
instants = st.integers(clock.to_us(datetime(1990, 1, 1, tzinfo=UTC)), clock.to_us(datetime(2100, 1, 1, tzinfo=UTC)) - 1)


def us(text):
    return clock.to_us(clock.parse_instant(text))


def put(store, *how):
    with store.write() as tx:
        return clock.put(tx, *how)


def now(store):
    with store.read() as tx:
        return tx.now_us


# --- modes ------------------------------------------------------------------------------------------------------------
def test_a_world_without_a_clock_follows_the_wall(store):
    before = clock.wall_us()

    assert before <= now(store) <= clock.wall_us()


def test_a_frozen_clock_stands_still(store):
    put(store, "frozen", NOON)

    assert now(store) == now(store) == NOON


def test_freezing_without_an_instant_keeps_the_present_one(store):
    put(store, "offset", NOON)
    reading = put(store, "frozen")

    assert NOON <= reading.frozen_us < NOON + 60_000_000
    assert now(store) == reading.frozen_us


def test_an_offset_clock_runs_on_from_its_instant(store):
    put(store, "offset", NOON)
    first, second = now(store), now(store)

    assert NOON <= first < second < NOON + 60_000_000


def test_follow_returns_to_the_wall(store):
    put(store, "frozen", NOON)
    put(store, "follow")

    assert abs(now(store) - clock.wall_us()) < 60_000_000


@pytest.mark.parametrize("how", [("follow", NOON), ("stopped", NOON), ("", None), ("Frozen", NOON)])
def test_a_mode_that_makes_no_sense_is_refused_and_changes_nothing(store, how):
    put(store, "frozen", NOON)
    with pytest.raises(InvalidInput):
        put(store, *how)

    assert now(store) == NOON


def test_moving_the_hands_keeps_a_frozen_clock_frozen_and_lets_any_other_run(store):
    put(store, "frozen", NOON)
    with store.write() as tx:
        assert clock.move(tx, NOON + 5).mode == "frozen"
    put(store, "follow")
    with store.write() as tx:
        assert clock.move(tx, NOON).mode == "offset"


def test_a_transaction_has_one_instant(store):
    put(store, "offset", NOON)
    with store.write() as tx:
        assert tx.now_us == tx.now_us
        assert tx.now == clock.from_us(tx.now_us)
        assert tx.today == tx.now.date()


def test_a_transaction_that_sets_the_clock_reads_it_again_when_told_to(store):
    put(store, "frozen", NOON)
    with store.write() as tx:
        assert tx.now_us == NOON
        clock.put(tx, "frozen", NOON + 1)
        tx.forget_now()
        assert tx.now_us == NOON + 1


def test_the_status_shows_mode_instant_and_day_in_china(store):
    put(store, "frozen", us("2025-12-31T16:00:00Z"))
    with store.read() as tx:
        assert clock.status(tx) == {"mode": "frozen", "now": "2026-01-01T00:00:00+08:00", "today": "2026-01-01"}


def test_there_is_one_clock_a_world(store):
    put(store, "frozen", NOON)
    with pytest.raises(Exception, match=r"ck_clock_single"), store.write() as tx:
        tx.run("INSERT INTO clock (id, mode, offset_us, frozen_us, lease_until_us) VALUES (2, 'follow', 0, 0, 0)")


# --- days -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2025-11-20T23:59:59.999999+08:00", date(2025, 11, 20)),
        ("2025-11-21T00:00:00+08:00", date(2025, 11, 21)),
        ("2025-11-20T15:59:59.999999Z", date(2025, 11, 20)),
        ("2025-11-20T16:00:00Z", date(2025, 11, 21)),
        ("2025-12-31T23:59:59.999999+08:00", date(2025, 12, 31)),
        ("2026-01-01T00:00:00.000000+08:00", date(2026, 1, 1)),
        ("2024-02-28T23:59:59.999999+08:00", date(2024, 2, 28)),
        ("2024-02-29T00:00:00+08:00", date(2024, 2, 29)),
        ("2025-12-31T11:00:00-05:00", date(2026, 1, 1)),
    ],
)
def test_a_day_begins_and_ends_at_midnight_in_china(store, instant, day):
    put(store, "frozen", us(instant))
    with store.read() as tx:
        assert tx.today == day


@given(instants)
def test_every_instant_lies_within_its_day(at):
    start = clock.start_of(clock.day_of(at))

    assert start <= at
    assert at < clock.start_of(clock.day_of(at) + timedelta(days=1))


@given(instants)
def test_an_instant_written_and_read_again_is_the_same(at):
    assert us(clock.rfc3339(at)) == clock.to_us(clock.from_us(at)) == at


def test_the_host_s_time_zone_changes_nothing():
    code = f"""
import time; time.tzset()
from yibaobox.domain import clock
from yibaobox.domain.store.places import open_places
store = open_places("memory://").create("w_x")
with store.write() as tx:
    clock.put(tx, "frozen", clock.to_us(clock.parse_instant("2025-11-20T23:59:59.999999+08:00")))
with store.read() as tx:
    print(tx.today, tx.now.isoformat(), clock.start_of(tx.today), clock.wall().utcoffset(), clock.rfc3339({NOON}))
    print(clock.later(clock.from_us({NOON}), "P1M").isoformat())
"""
    told = {zone: run_code(code, TZ=zone) for zone in ("America/New_York", "Asia/Shanghai", "Pacific/Kiritimati")}

    assert told["America/New_York"].split() == [
        "2025-11-20", "2025-11-20T23:59:59.999999+08:00", str(us("2025-11-20T00:00:00+08:00")), "8:00:00", NOON_TEXT,
        "2025-12-20T12:00:00+08:00",
    ]  # fmt: skip
    assert len(set(told.values())) == 1


# --- freezegun --------------------------------------------------------------------------------------------------------
def test_a_user_s_freezegun_is_the_time_of_a_world_that_follows(store):
    with freezegun.freeze_time("2025-12-31T16:00:00+00:00") as hands:
        with store.read() as tx:
            assert tx.today == date(2026, 1, 1)
        hands.tick(timedelta(microseconds=-1))
        with store.read() as tx:
            assert tx.today == date(2025, 12, 31)


def test_frozen_time_starves_no_pool_of_connections(store):
    with freezegun.freeze_time("2025-11-20"):
        for _ in range(40):
            with store.write() as tx:
                tx.next_number("txn")


def test_protocol_time_is_the_wall_s_whatever_the_world_s_clock_says(store):
    put(store, "frozen", NOON)
    with freezegun.freeze_time("2031-05-05T05:05:05+00:00"):
        assert clock.rfc3339(clock.wall_us()) == clock.wall().isoformat() == "2031-05-05T13:05:05+08:00"


# --- what is read -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "2025-11-20", "2025-11-20T10:00:00", "2025-11-20 10:00:00+08:00", "20251120T100000+0800",
        "2025-11-20T10:00+08:00",
        "2025-11-20T10:00:00+08", "2025-11-20T10:00:00.1234567+08:00", "2025-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
        "2025-11-20T24:00:00+08:00", "2025-11-20T23:60:00Z", "2025-11-20T23:59:60Z", "2025-11-20T10:00:00+25:00",
        "2025-11-20T10:00:00+08:60", "２025-11-20T10:00:00Z", "2025-11-20T10:00:00Z\n", " 2025-11-20T10:00:00Z",
        "", "now", None,
        1763604000, 1.5, True, b"2025-11-20T10:00:00Z", "1989-12-31T23:59:59Z", "2100-01-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
    ],
)  # fmt: skip
def test_an_instant_without_offset_or_out_of_the_calendar_is_refused(text):
    with pytest.raises(InvalidInput):
        clock.parse_instant(text)


@pytest.mark.parametrize(
    "text",
    ["2025-11-20t02:00:00z", "2025-11-20T02:00:00.0Z", "2025-11-20T10:00:00+08:00", "2025-11-19T21:00:00.000000-05:00"],
)
def test_one_instant_may_be_written_with_any_offset(text):
    assert clock.rfc3339(us(text)) == "2025-11-20T10:00:00+08:00"


def test_an_instant_without_offset_is_our_own_mistake():
    with pytest.raises(AssertionError):
        clock.to_us(datetime(2025, 1, 1))  # noqa: DTZ001 - the mistake


@pytest.mark.parametrize(
    ("start", "by", "end"),
    [
        ("2025-01-31T10:00:00+08:00", "P1M", "2025-02-28T10:00:00+08:00"),
        ("2024-01-31T10:00:00+08:00", "P1M", "2024-02-29T10:00:00+08:00"),
        ("2024-02-29T10:00:00+08:00", "P1Y", "2025-02-28T10:00:00+08:00"),
        ("2025-12-31T23:59:59.999999+08:00", "P2M", "2026-02-28T23:59:59.999999+08:00"),
        ("2025-01-31T17:00:00Z", "P1M", "2025-03-01T01:00:00+08:00"),  # the first of February in China
        ("2025-11-20T10:00:00+08:00", "P3D", "2025-11-23T10:00:00+08:00"),
        ("2025-11-20T10:00:00+08:00", "PT30M", "2025-11-20T10:30:00+08:00"),
        ("2025-11-20T10:00:00+08:00", "P1W", "2025-11-27T10:00:00+08:00"),
        ("2025-11-20T10:00:00+08:00", "P1DT2H3M4S", "2025-11-21T12:03:04+08:00"),
        ("2025-11-20T10:00:00+08:00", "PT0.5S", "2025-11-20T10:00:00.500000+08:00"),
        ("2025-11-20T10:00:00+08:00", "PT0S", "2025-11-20T10:00:00+08:00"),
        ("2025-11-20T10:00:00+08:00", "P1Y2M3DT4H", "2027-01-23T14:00:00+08:00"),
    ],
)
def test_a_duration_moves_the_calendar_of_china(start, by, end):
    assert clock.later(clock.parse_instant(start), by) == clock.parse_instant(end)


@pytest.mark.parametrize(
    "by",
    [
        "", "P", "PT", "P1DT", "3D", "1", "P-1D", "-P1D", "+P1D", "P1", "PD", "P1X", "p1d", "P1D ", " P1D",
        "P１D", "P1D\n",
        "P0.5M", "P0.5Y", "P1M1M", "PT1H1D", "P1e3D", "P1_0D", "P99999999999999999999D", "P999999999Y", "P9999Y",
        "PT1" + "0" * 70 + "S",
        "PT" + "9" * 60 + "S", "P80Y", None, 3, 1.5, True, timedelta(days=1), b"P1D", ["P1D"],
    ],
)  # fmt: skip
def test_a_bad_duration_is_refused(by):
    with pytest.raises(InvalidInput):
        clock.later(clock.from_us(NOON), by)


@given(st.integers(0, 3000), st.integers(0, 10**6), st.integers(0, 999_999))
def test_days_and_seconds_are_added_exactly(days, seconds, micros):
    end = clock.later(clock.from_us(NOON), f"P{days}DT{seconds}.{micros:06d}S")

    assert clock.to_us(end) == NOON + days * DAY_US + seconds * 1_000_000 + micros


def test_a_duration_starts_from_the_instant_whatever_its_offset():
    start = clock.parse_instant(NOON_TEXT)

    assert clock.later(start.astimezone(timezone(timedelta(hours=-5))), "P1D") == clock.later(start, "P1D")
