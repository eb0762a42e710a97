"""Treatment out of area: 就医地目录，参保地政策, and the filing decides how it is settled, or that it is not.

Rows are valued by the catalogue at upload, so by that of the place of care; everything after it follows the tables of
the place where the person is insured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from yibaobox.domain import filings, policy
from yibaobox.domain.errors import NotEligible, PartyTimeout
from yibaobox.domain.faults import striking
from yibaobox.domain.people import regions
from yibaobox.domain.policy.filing_rules import is_direct

if TYPE_CHECKING:
    from yibaobox.domain.enrolment import Standing
    from yibaobox.domain.filings import Filing
    from yibaobox.settlement.case import Case
    from yibaobox.settlement.claim import Treatment

UNFILED: Final = "unfiled"
EMERGENCY: Final = "emergency"
_EMERGENCIES: Final = ("13", "1301")  # med_type 急诊, 急诊抢救: an emergency counts as filed
_FRESHMAN: Final = "freshman"
_BEATEN: Final = ("transfer", "temporary_filed")  # what costs more than an emergency


class Elsewhere(NamedTuple):
    """How treatment elsewhere is settled, and the filing that says so, if one does."""

    away: policy.Away
    filing: Filing | None


def elsewhere(case: Case, treatment: Treatment, home: Standing, place: policy.Place) -> Elsewhere:
    """Return how the treatment of a person who is insured in another region is settled; NotEligible without filing."""
    if striking.at("out_of_area.peer_timeout") is not None:
        raise PartyTimeout(f"参保地（{home.region}）医保系统未在规定时间内应答，请稍后以原报文重试")
    found = filings.away(case.tx, treatment.psn_no, case.institution.region, treatment.day)
    status = UNFILED if found is None else found.status
    if treatment.med_type in _EMERGENCIES and status in (UNFILED, *_BEATEN):
        status = EMERGENCY
    if not is_direct(place, status, treatment.day):
        area = regions.resolve(home.region).full_name
        raise NotEligible(
            f"该人员待遇在其他统筹区（{area}）享受，未办理到本地的异地就医备案，不能直接结算；"
            "请先办理备案，或自费结算后回参保地报销",
            standing="NOT_FILED",
            day=treatment.day.isoformat(),
            region=home.region,
        )
    filing = None if found is None else found.filing
    return Elsewhere(_waived(status, filing), filing)


def _waived(status: str, filing: Filing | None) -> policy.Away:
    """Return the status with what may waive the reduction: a student's place, as it was filed."""
    place = None if filing is None else filing.detail.get("student_place")
    if place == _FRESHMAN:
        return policy.Away(status, "freshman")
    return policy.Away(status, "student_filed", filings.STUDENT_PLACES[place]) if place else policy.Away(status)
