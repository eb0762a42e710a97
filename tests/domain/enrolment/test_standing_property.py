"""Standing against a model that walks day by day and knows nothing of how `judge` looks for the newest period."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from yibaobox.domain.enrolment import BenefitPeriod, Participation, judge

FIRST = date(2024, 1, 1)
SPAN = 60  # days; small, so that beginnings and ends meet often
REGIONS = ("510400", "511700", "500000")
PSN = "51040000000000000001"


def day(offset: int) -> date:
    return FIRST + timedelta(days=offset)


@st.composite
def histories(draw) -> tuple[list[Participation], list[BenefitPeriod]]:
    parts, at = [], 0
    for number in range(draw(st.integers(0, 4))):
        start = at + draw(st.integers(0, 10))
        length = draw(st.none() | st.integers(0, 20))
        capacity, insutype = draw(st.sampled_from([("student", "390"), ("employee", "310")]))
        end = None if length is None else day(start + length)
        state, reason = ("ACTIVE", None) if end is None else ("SUSPENDED", "x")
        head = (PSN, number, draw(st.sampled_from(REGIONS)), insutype, capacity, state, day(start), end)
        parts.append(Participation(*head, "2024-01", "2024-01", "", "", None, reason, 0))
        if length is None:
            break
        at = start + length
    periods = [
        BenefitPeriod(
            *(PSN, 100 + number, draw(st.sampled_from(REGIONS)), "390", "student", 2024),
            *(day(start := draw(st.integers(0, SPAN))), day(start + draw(st.integers(-3, 30)))),
            *(draw(st.sampled_from(["LIVE", "LIVE", "REFUNDED"])), "setup"),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    return parts, sorted(periods, key=lambda one: (one.from_day, one.period_id))


def walked(parts: list[Participation], periods: list[BenefitPeriod]) -> list[str | None]:
    """The region that entitles on each day, found by living through the days."""
    running: BenefitPeriod | None = None
    found: list[str | None] = []
    for today in map(day, range(SPAN)):
        if any(part.insutype == "310" and part.from_day == today for part in parts):
            running = None
        for one in periods:
            if one.from_day == today and one.state == "LIVE" and one.until_day >= today:
                running = one
        if running is not None and running.until_day < today:
            running = None
        working = [part for part in parts if part.insutype == "310" and part.from_day <= today]
        working = [part for part in working if part.to_day is None or today < part.to_day]
        found.append(working[0].region if working else running.region if running else None)
    return found


@settings(max_examples=400, deadline=None)
@given(histories())
def test_standing_agrees_with_a_walk_through_the_days(history):
    parts, periods = history

    told = [judge(parts, periods, day(offset)) for offset in range(SPAN)]

    assert [one.region if one.entitled else None for one in told] == walked(parts, periods)


@settings(max_examples=200, deadline=None)
@given(histories(), st.integers(0, SPAN))
def test_at_most_one_region_entitles_and_it_is_the_one_named_without_asking(history, offset):
    parts, periods = history

    everywhere = judge(parts, periods, day(offset))
    asked = [region for region in REGIONS if judge(parts, periods, day(offset), region=region).entitled]

    assert asked == ([everywhere.region] if everywhere.entitled else [])


@settings(max_examples=200, deadline=None)
@given(histories(), st.integers(0, SPAN))
def test_residents_standing_does_not_hang_on_their_participation(history, offset):
    parts, periods = history
    workers = [part for part in parts if part.insutype == "310"]

    assert judge(parts, periods, day(offset)).entitled == judge(workers, periods, day(offset)).entitled


@settings(max_examples=200, deadline=None)
@given(histories(), st.integers(0, SPAN))
def test_a_refusal_says_why(history, offset):
    found = judge(*history, day(offset))

    assert found.entitled == (found.code == "ENTITLED")
    assert found.reason
