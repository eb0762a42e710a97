"""The claim of a treatment: under whose entitlement it falls, by which tables, in which setting, who is treated where.

Visits, stays and sales ask here, and nowhere else is it decided. What a filing, a recognised disease or medical aid
changes about a settlement is changed in this file: `_entitled` says where the person is insured, `setting` under which
benefit the treatment falls, `_who` what the tables are asked for.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from yibaobox.domain import enrolment, policy
from yibaobox.domain.errors import InvalidInput, NotEligible
from yibaobox.settlement import med_types
from yibaobox.settlement.refusals import InHospital

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.domain.policy import Profile
    from yibaobox.settlement.case import Case
    from yibaobox.settlement.med_types import MedType

_PLACES: Final = {"pharmacy": "pharmacy", "school_clinic": "school_clinic"}  # level of an institution → setting


class Treatment(NamedTuple):
    """What is to be settled, as the records and the message name it; `kinds` are those of a visit, stay or sale."""

    psn_no: str
    day: date  # on which entitlement is judged and the tables are read
    med_type: str
    insutype: str
    kinds: Mapping[str, MedType]
    disease: str = ""  # 病种编码, where the message names one
    in_hospital: bool = False  # whether the person lay in hospital at that moment


class Grounds(NamedTuple):
    """What a bill is split on: the entitlement, whose tables, the setting, and the claim's standing."""

    standing: enrolment.Standing
    place: policy.Place
    setting: str
    who: policy.Standing


def grounds(case: Case, treatment: Treatment) -> Grounds:
    """Return the grounds of a treatment, or refuse it: NotEligible, InHospital, InvalidInput."""
    standing = _entitled(case, treatment)
    place = policy.Place(standing.region, standing.scheme, cast("Profile", case.switches["policy"]))
    return Grounds(standing, place, setting(case, treatment), _who(case, standing))


def setting(case: Case, treatment: Treatment) -> str:
    """Return the setting of policy files for a kind of treatment at this institution."""
    med_type, level = treatment.med_type, case.institution.level
    kinds = treatment.kinds
    if level == "pharmacy" and kinds is not med_types.STAYS:
        kinds = med_types.SALES
    if med_type not in kinds or (level == "pharmacy" and kinds is med_types.STAYS):
        raise InvalidInput(f"本机构不支持以医疗类别 {med_type} 结算", field="med_type")
    named = kinds[med_type].setting
    return named if kinds is med_types.STAYS else _PLACES.get(level, named)


def _who(case: Case, standing: enrolment.Standing) -> policy.Standing:
    """Return what the tables are asked for."""
    return policy.Standing(standing.population, case.institution.level)


def _entitled(case: Case, treatment: Treatment) -> enrolment.Standing:
    """Return the entitlement at the place of treatment on the day of the treatment."""
    found = enrolment.standing(case.tx, treatment.psn_no, treatment.day, region=case.institution.region)
    if not found.entitled:
        raise NotEligible(_why_not(found, treatment.day), standing=found.code, **_days(found, treatment.day))
    if found.insutype != treatment.insutype:
        raise NotEligible(f"该人员享受待遇的险种为 {found.insutype}，与结算险种不一致", standing="INSUTYPE")
    if treatment.in_hospital and case.switches["outpatient_in_hospital"] == "refuse":
        raise InHospital("该人员正在住院，住院期间不能办理门诊或药店结算", day=treatment.day.isoformat())
    return found


def _why_not(found: enrolment.Standing, day: date) -> str:
    since = ""
    if found.code == "NOT_YET":
        begins = found.period or found.participation
        since = f"，自 {begins.from_day.isoformat()} 起" if begins is not None else ""
    return f"{found.reason}{since}（就诊日期 {day.isoformat()}）"


def _days(found: enrolment.Standing, day: date) -> dict[str, object]:
    """Return the days that a refusal rests on: of the visit, of the period or participation that comes nearest."""
    period, part = found.period, found.participation
    begins = period.from_day if period is not None else part.from_day if part is not None else None
    return {
        "day": day.isoformat(),
        "region": found.region,
        "entitled_from": begins.isoformat() if begins is not None else None,
        "entitled_until": period.until_day.isoformat() if period is not None else None,
    }
