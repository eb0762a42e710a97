"""Enrolment (参保): who takes part where, which benefit years are paid, and who is entitled on a day.

A *participation* is active from a day until it is suspended; at most one is active nationwide. A *benefit period* is a
paid year of residents' insurance. Suspension ends the participation, not the paid period. Employee insurance has no
paid year: it entitles while the participation is active.
"""

from yibaobox.domain.enrolment.gaps import missed_years
from yibaobox.domain.enrolment.participations import (
    NewParticipation,
    Participation,
    active,
    check_free,
    get,
    participations,
    register,
    suspend,
)
from yibaobox.domain.enrolment.periods import BenefitPeriod, grant_period, live, periods, refund_period
from yibaobox.domain.enrolment.standing import Standing, judge, reading, standing

__all__ = [
    "BenefitPeriod",
    "NewParticipation",
    "Participation",
    "Standing",
    "active",
    "check_free",
    "get",
    "grant_period",
    "judge",
    "live",
    "missed_years",
    "participations",
    "periods",
    "reading",
    "refund_period",
    "register",
    "standing",
    "suspend",
]
