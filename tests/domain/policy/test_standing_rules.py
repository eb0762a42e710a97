"""Rules of standing, for whatever a person did: waiting, correction, repair, refund, pledge."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibaobox.domain.errors import InvalidInput, NotEligible, PolicyGap
from yibaobox.domain.policy import Place, freshman
from yibaobox.domain.policy.arrears import Missed, repair
from yibaobox.domain.policy.load import parse_table
from yibaobox.domain.policy.premium import Ask, offer, quote
from yibaobox.domain.policy.refund import Wish, refund
from yibaobox.domain.policy.resolve import Book
from yibaobox.domain.policy.season import months_after
from yibaobox.domain.policy.standing import Payment, active_from, benefit_period, claim_until, waiting
from yibaobox.domain.policy.stay import Stay, parts

PLACES = [Place("511700", "resident_student"), Place("510400", "resident"), Place("430000", "resident")]
STUDENT = PLACES[0]
CHONGQING = Place("500000", "resident_student")
HAIKOU = Place("460100", "flexible")
SHANGHAI = Place("310000", "resident_student")
EXEMPT = ["newborn", "freshman", "veteran"]

places = st.sampled_from(PLACES)
years = st.sampled_from([2025, 2026])
days = st.dates(date(2024, 9, 1), date(2027, 12, 31))
gaps = st.integers(0, 40)


@given(places, years, days, st.integers(0, 60), gaps, gaps)
def test_who_pays_later_is_never_entitled_earlier(place, year, day, later, missed, repaired):
    first, second = (
        benefit_period(place, year, Payment(when, missed, repaired)) for when in (day, day + timedelta(days=later))
    )

    assert first.entitled_from <= second.entitled_from
    assert first.entitled_until == second.entitled_until


@given(places, years, days, gaps, gaps)
def test_waiting_is_never_negative_grows_with_missed_and_shrinks_with_repaired_years(
    place, year, day, missed, repaired
):
    def months(gap, mended):
        return waiting(place, year, Payment(day, gap, mended))[0]

    here = months(missed, repaired)
    assert here >= 0
    assert months(missed + 1, repaired) >= here
    assert months(missed, repaired + 1) <= here
    assert here == 0 or here >= 3
    assert missed == 0 or here == max(3 + max(0, missed - repaired), 6 if missed >= 4 else 0)


@given(places, years, days, gaps, st.sampled_from(EXEMPT))
def test_newborns_freshmen_and_veterans_wait_for_nothing(place, year, day, missed, status):
    period = benefit_period(place, year, Payment(day, missed, status=status))

    assert (period.waiting_months, period.entitled_from) == (0, date(year, 1, 1))


@given(places, years, days, gaps)
def test_period_stays_inside_its_year_and_is_empty_where_waiting_outlasts_it(place, year, day, missed):
    period = benefit_period(place, year, Payment(day, missed))

    assert period.entitled_from >= date(year, 1, 1)
    assert date(year - 1, 12, 31) not in period
    assert date(year + 1, 1, 1) not in period
    assert (date(year, 12, 31) in period) == (period.entitled_from <= date(year, 12, 31))


@given(years, days, st.integers(0, 80_000), st.sampled_from(["1", "2"]))
def test_window_is_judged_first_whatever_is_asked(year, day, paid, tier):
    window = offer(STUDENT, 2026, "student").window
    answer = quote(STUDENT, 2026, Ask(day, tier=tier, paid_fen=paid))

    assert (answer.code == "WINDOW_CLOSED") == (day not in window)


@given(st.sampled_from([14_000, 35_000]), st.sampled_from(["1", "2"]))
def test_after_any_correction_in_chongqing_what_is_kept_is_the_tier(paid, tier):
    answer = quote(CHONGQING, 2017, Ask(date(2017, 10, 1), tier=tier, paid_fen=paid))

    assert paid + answer.due_fen - answer.refund_pending_fen == answer.total_fen
    assert answer.total_fen == {"1": 14_000, "2": 35_000}[tier]


@given(st.integers(0, 100_000), st.integers(0, 100_000))
def test_what_is_due_and_what_was_paid_make_the_total_where_differences_are_paid(paid, total):
    answer = quote(PLACES[1], 2026, Ask(date(2025, 11, 20), total_fen=total, paid_fen=paid))

    assert answer.due_fen == max(0, total - paid)
    assert answer.refund_pending_fen == 0
    assert (answer.code == "TIER_BELOW_PAID") == (total < paid)


@given(days, st.booleans())
def test_late_payer_of_hunan_bears_the_public_part_and_nobody_else_does(day, strict):
    place = Place("430000", "resident", "strict" if strict else "demo")
    answer = quote(place, 2025, Ask(day))

    if day < date(2024, 9, 1):
        assert answer.code == "WINDOW_CLOSED"
    else:
        assert answer.due_fen == (40_000 if day <= date(2024, 12, 31) else 107_000)


@given(st.dates(date(2025, 4, 1), date(2027, 1, 1)), st.integers(0, 400), st.integers(0, 60), st.booleans())
def test_repair_reaches_back_only_in_time_and_after_two_years_without_a_break(first, after, months, quarterly):
    rhythm, repaid = "quarterly" if quarterly else "monthly", first + timedelta(days=after)
    found = repair(HAIKOU, Missed(first, rhythm, months, repaid))

    assert found.deadline >= months_after(first, 1)
    assert (found.code == "DEADLINE_PASSED") == (repaid > found.deadline)
    assert (found.code == "RETROACTIVE") == (repaid <= found.deadline and months >= 24)
    assert found.entitled_from == (first if found.code == "RETROACTIVE" else repaid)


def test_repair_needs_a_rule_a_rhythm_and_an_order_of_days():
    missed = Missed(date(2025, 5, 1), "monthly", 24, date(2025, 6, 1))

    with pytest.raises(PolicyGap):
        repair(Place("510400", "flexible"), missed)
    with pytest.raises(InvalidInput):
        repair(HAIKOU, Missed(date(2025, 5, 1), "weekly", 24, date(2025, 6, 1)))
    with pytest.raises(InvalidInput):
        repair(HAIKOU, Missed(date(2025, 6, 2), "monthly", 24, date(2025, 6, 1)))


@pytest.mark.parametrize(("gap", "months"), [(None, 6), (0, 0), (3, 0), (4, 6)])
def test_flexible_worker_of_shanghai_who_is_back_within_three_months_waits_for_nothing(gap, months):
    period = active_from(Place("310000", "flexible"), Payment(date(2025, 12, 31)), gap_months=gap)

    assert (period.waiting_months, period.entitled_from) == (months, months_after(date(2025, 12, 31), months))


@given(st.integers(0, 100_000), days, st.sampled_from(["correction", "withdrawal", "recognised"]))
def test_refund_is_never_more_than_was_paid(paid, day, reason):
    for place, year in ((CHONGQING, 2017), (Place("500000-cqmu", "resident_student"), 2017), (STUDENT, 2026)):
        found = refund(place, year, Wish(reason, paid, day, tier="1" if reason == "correction" else None))

        assert 0 <= found.refund_fen <= paid
        assert (found.code == "REFUND") == (found.refund_fen > 0)


def test_refund_for_no_known_reason_or_of_less_than_nothing_is_refused():
    for wish in (Wish("mood", 1, date(2025, 1, 1)), Wish("withdrawal", -1, date(2025, 1, 1))):
        with pytest.raises(InvalidInput):
            refund(STUDENT, 2026, wish)


@given(st.lists(st.integers(0, 10**9), max_size=8), st.dates(date(2024, 9, 3), date(2025, 6, 30)))
def test_only_a_broken_pledge_takes_anything_back_and_then_all_of_it(funds, today):
    settled = [freshman.Settled(date(2024, 10, 1), fund) for fund in funds]
    found = freshman.pledge(SHANGHAI, date(2024, 9, 3), settled, today=today, next_paid_on=None)

    assert found.reclaimed_fen == (sum(funds) if today > date(2024, 12, 31) else 0)


def test_claim_is_open_through_the_last_day_of_its_months():
    assert claim_until(SHANGHAI, date(2024, 8, 31)) == date(2025, 2, 28)
    with pytest.raises(PolicyGap):
        claim_until(Place("511700", "resident", "strict"), date(2025, 1, 1))


@pytest.mark.parametrize(("nights", "counted"), [(0, 1), (1, 1), (2, 2)])
def test_stay_of_one_day_is_one_in_linxia_and_none_where_two_are_needed(nights, counted):
    admitted = date(2025, 3, 11)
    stay = Stay(admitted, admitted + timedelta(days=nights), ())
    entry = {"from": "2025-01-01", "source": "s", "at": "L1", "confidence": "seed-aggregator", "value": 2}
    raw = {
        "schema": "policy/1",
        "region": "622900",
        "scheme": "any",
        "benefit": "inpatient",
        "method": "pool_line",
        "sources": {"s": {"kind": "seed", "title": "t"}},
        "parameters": {"min_days": {"unit": "count", "values": [entry]}},
    }
    stricter = Book([parse_table(raw, "622900/any.inpatient.yaml")])
    place = Place("622900", "resident")

    assert stay.days == counted
    assert len(parts(place, "inpatient", stay)) == 1
    if counted < 2:
        with pytest.raises(NotEligible):
            parts(place, "inpatient", stay, book=stricter)
    else:
        assert len(parts(place, "inpatient", stay, book=stricter)) == 1
