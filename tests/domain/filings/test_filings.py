"""Filings: from when to when they are in force, what is refused, and that nothing about them is ever changed."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibaobox.domain import filings, people
from yibaobox.domain.errors import Conflicting, DuplicateApplication, InvalidInput, NotFound
from yibaobox.domain.store.places import open_places

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request):
    url = "memory://" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    places = open_places(url)
    name = f"w_file_{secrets.token_hex(4)}"
    yield places.create(name)
    places.drop(name)
    places.close()


@pytest.fixture
def person(store):
    with store.write() as tx:
        return people.create(tx, people.NewPerson("341100", "resident")).psn_no


def away(psn_no, today, **changes):
    wanted = filings.NewFiling(
        psn_no=psn_no,
        kind=filings.AWAY,
        type="temporary",
        region="341100",
        from_day=today,
        until_day=today + 180 * DAY,
        source="portal",
        destination="310000",
    )
    return replace(wanted, **changes)


def test_a_filing_is_in_force_from_its_first_day_to_its_last(store, person):
    with store.write() as tx:
        today = tx.today
        made = filings.file(tx, away(person, today))

        status = {
            days: found and found.status
            for days in (-1, 0, 180, 181)
            for found in [filings.away(tx, person, "310000", today + days * DAY)]
        }

    assert status == {-1: None, 0: "temporary_filed", 180: "temporary_filed", 181: None}
    assert made.state(today) == "VALID"
    assert made.state(today - DAY) == "NOT_BEGUN"
    assert made.state(today + 181 * DAY) == "EXPIRED"


def test_it_leads_to_its_own_region_or_to_its_whole_province(store, person):
    with store.write() as tx:
        filings.file(tx, away(person, tx.today, destination="511700"))
        assert filings.away(tx, person, "511700", tx.today)
        assert filings.away(tx, person, "510400", tx.today) is None

        filings.file(tx, away(person, tx.today, destination="510000", type="long_term", until_day=None))

        assert filings.away(tx, person, "510400", tx.today + 9999 * DAY).status == "long_term"
        assert filings.away(tx, person, "511700", tx.today).status == "long_term"  # the one that costs least
        assert filings.away(tx, person, "310000", tx.today) is None


def test_a_transfer_leads_elsewhere_unless_it_stays_within_the_city(store, person):
    with store.write() as tx:
        filings.file(tx, away(person, tx.today, kind=filings.TRANSFER, type="1"))
        assert filings.away(tx, person, "310000", tx.today) is None

        filings.file(tx, away(person, tx.today, kind=filings.TRANSFER, type="3"))

        assert filings.away(tx, person, "310000", tx.today).status == "transfer"


def test_cancelled_it_is_in_force_no_more_and_cannot_be_cancelled_again(store, person):
    with store.write() as tx:
        made = filings.file(tx, away(person, tx.today - 3 * DAY))
        gone = filings.cancel(tx, made, "行程取消")

        assert gone.state(tx.today) == "CANCELLED"
        assert filings.away(tx, person, "310000", tx.today) is None
        assert filings.away(tx, person, "310000", tx.today - DAY)  # what was treated before stays filed
        with pytest.raises(Conflicting):
            filings.cancel(tx, gone, "再撤")


def test_the_same_thing_is_not_filed_twice_at_a_time(store, person):
    with store.write() as tx:
        first = filings.file(tx, away(person, tx.today))
        with pytest.raises(DuplicateApplication) as caught:
            filings.file(tx, away(person, tx.today + 180 * DAY, until_day=None))
        assert caught.value.detail == {"filing_id": first.filing_id}

        filings.file(tx, away(person, tx.today + 181 * DAY, until_day=None))
        filings.cancel(tx, first, "改期")
        filings.file(tx, away(person, tx.today))

        assert len(filings.listed(tx, person)) == 3


def test_days_the_wrong_way_round_are_refused(store, person):
    with store.write() as tx, pytest.raises(InvalidInput):
        filings.file(tx, away(person, tx.today, until_day=tx.today - DAY))


def test_what_is_somebody_elses_looks_like_what_does_not_exist(store, person):
    with store.write() as tx:
        made = filings.file(tx, away(person, tx.today))
        other = people.create(tx, people.NewPerson("341100", "resident")).psn_no
        said = []
        for owner, number, kind in (
            (other, made.number, filings.AWAY),
            (person, str(made.filing_id + 1), filings.AWAY),
            (person, made.number, filings.CHRONIC),
            (person, "12x", filings.AWAY),
            (person, "9" * 30, filings.AWAY),
        ):
            with pytest.raises(NotFound) as caught:
                filings.find(tx, owner, number, kind)
            said.append((caught.value.message, caught.value.detail))

    assert set(map(str, said)) == {str(("备案不存在", {}))}


def test_a_disease_is_recognised_for_its_days_and_treated_where_it_was_chosen(store, person):
    with store.write() as tx:
        today = tx.today
        made = filings.file(
            tx, away(person, today, kind=filings.CHRONIC, type="M03900", destination="", institutions=("H34110000001",))
        )
        kinds = {"kind": filings.DESIGNATED, "type": "01", "institutions": ("H34110000003",)}
        filings.file(tx, away(person, today + DAY, **kinds))
        filings.file(tx, away(person, today, **kinds | {"type": "03", "institutions": ("H34110000002",)}))

        assert filings.qualifications(tx, person, today - DAY) == {}
        assert filings.qualifications(tx, person, today) == {"M03900": made}
        assert filings.policy_keys({"M03900": made}) == ("hypertension",)
        assert filings.chosen(tx, made, today) == {"H34110000001"}
        assert filings.chosen(tx, made, today + DAY) == {"H34110000001", "H34110000003"}


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM filings",
        "UPDATE filings SET until_day = NULL",
        "UPDATE filings SET from_day = '2020-01-01'",
        "UPDATE filings SET destination = '310000x'",
        "UPDATE filings SET psn_no = 'x'",
    ],
)
def test_the_database_keeps_a_filing_as_it_was_filed(store, person, change):
    with store.write() as tx:
        filings.file(tx, away(person, tx.today))
    with pytest.raises(Exception, match="filing"), store.write() as tx:
        tx.run(change)


def test_the_database_takes_a_filing_back_once(store, person):
    with store.write() as tx:
        made = filings.file(tx, away(person, tx.today))
        filings.cancel(tx, made, "一次")
    with pytest.raises(Exception, match="cancelled once"), store.write() as tx:
        tx.run("UPDATE filings SET cancel_reason = 'x', cancelled_us = 1")


FILED = st.tuples(
    st.integers(0, 40), st.one_of(st.none(), st.integers(0, 20)), st.one_of(st.none(), st.integers(0, 60))
)


@settings(max_examples=60, deadline=None)
@given(FILED, st.integers(-5, 70))
def test_in_force_means_begun_not_ended_and_not_taken_back_by_then(filed, on):
    begins, lasts, cancelled = filed
    zero = date(2025, 1, 1)
    made = filings.Filing(
        psn_no="1",
        filing_id=1,
        kind=filings.AWAY,
        type="temporary",
        region="341100",
        destination="310000",
        institutions=(),
        from_day=zero + begins * DAY,
        until_day=None if lasts is None else zero + (begins + lasts) * DAY,
        source="portal",
        detail={},
        filed_us=0,
        cancelled_us=None if cancelled is None else noon(zero + cancelled * DAY),
        cancel_reason=None if cancelled is None else "x",
    )

    begun = begins <= on
    ended = lasts is not None and on > begins + lasts
    gone = cancelled is not None and on >= cancelled
    assert made.covers(zero + on * DAY) == (begun and not ended and not gone)


def noon(day):
    from yibaobox.domain import clock

    return clock.start_of(day) + 12 * 3600 * 1_000_000
