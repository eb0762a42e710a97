"""The claim of a treatment: under whose entitlement it falls, by which tables, in which setting, who is treated where.

Visits, stays and sales ask here, and nowhere else is it decided. What a filing, a recognised disease or medical aid
changes about a settlement is decided from here: `_entitled` says where the person is insured, `away` how treatment in
another region is settled, `setting` under which benefit it falls, `recognised` for which disease.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from yibaobox.domain import enrolment, filings, policy
from yibaobox.domain.errors import InvalidInput, NotEligible, PolicyGap
from yibaobox.domain.policy.standing import year_begins
from yibaobox.settlement import away, med_types, recognised
from yibaobox.settlement.refusals import Blocked, InHospital

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.domain.policy import Profile
    from yibaobox.domain.visits import Visit
    from yibaobox.settlement.case import Case
    from yibaobox.settlement.med_types import MedType

_PLACES: Final = {"pharmacy": "pharmacy", "school_clinic": "school_clinic"}  # level of an institution → setting
_BY_PLACE: Final = ("outpatient", "emergency", "pharmacy")  # settings that such an institution has its own for
_AIDED: Final = "assisted"  # the capacity that medical aid pays for, last of the funds


class Treatment(NamedTuple):
    """What is to be settled, as the records and the message name it; `kinds` are those of a visit, stay or sale."""

    psn_no: str
    day: date  # on which entitlement is judged and the tables are read
    med_type: str
    insutype: str
    kinds: Mapping[str, MedType]
    disease: str = ""  # 病种编码, where the message names one
    in_hospital: bool = False  # whether the person lay in hospital at that moment
    visit: Visit | None = None  # what it was described with names the disease where the message does not

    @property
    def disease_code(self) -> str:
        """The code of the disease, empty where none is named; few settlements ask for it."""
        return self.disease or ("" if self.visit is None else self.visit.disease)


class Grounds(NamedTuple):
    """What a bill is split on: the entitlement, whose tables, the setting, the claim's standing, what was filed."""

    standing: enrolment.Standing
    place: policy.Place
    setting: str
    who: policy.Standing
    filings: tuple[filings.Filing, ...] = ()


def grounds(case: Case, treatment: Treatment) -> Grounds:
    """Return the grounds of a treatment, or refuse it: NotEligible, Blocked, InHospital, InvalidInput, PartyTimeout."""
    home = _entitled(case, treatment)
    place = policy.Place(home.region, home.scheme, cast("Profile", case.switches["policy"]))
    benefit = setting(case, treatment)
    there = None if home.region == case.institution.region else away.elsewhere(case, treatment, home, place)
    illness = recognised.illness(case, treatment, home, benefit)
    who = policy.Standing(
        home.population,
        case.institution.level,
        disease=illness.disease,
        away=there and there.away,
        chronic=illness.chronic,
        aided=home.capacity == _AIDED,
    )
    rests_on = (there.filing if there else None, illness.filing)
    return Grounds(home, place, benefit, who, tuple(one for one in rests_on if one is not None))


def place_on(case: Case, treatment: Treatment) -> policy.Place | None:
    """Return whose tables a stay is divided by, where the person takes part on that day; entitled or not."""
    here = enrolment.standing(case.tx, treatment.psn_no, treatment.day, region=case.institution.region)
    home = here if here.entitled else enrolment.standing(case.tx, treatment.psn_no, treatment.day)
    found = home if home.entitled else here
    if not found.scheme:
        return None
    return policy.Place(found.region, found.scheme, cast("Profile", case.switches["policy"]))


def setting(case: Case, treatment: Treatment) -> str:
    """Return the setting of policy files for a kind of treatment at this institution."""
    med_type, level = treatment.med_type, case.institution.level
    kinds = treatment.kinds
    if level == "pharmacy" and kinds is not med_types.STAYS:
        kinds = med_types.SALES
    if med_type not in kinds or (level == "pharmacy" and kinds is med_types.STAYS):
        raise InvalidInput(f"本机构不支持以医疗类别 {med_type} 结算", field="med_type")
    named = kinds[med_type].setting
    return _PLACES.get(level, named) if named in _BY_PLACE else named


def _entitled(case: Case, treatment: Treatment) -> enrolment.Standing:
    """Return the entitlement on the day of the treatment: at the place of care, or else where the person is insured."""
    psn_no, day = treatment.psn_no, treatment.day
    if (hold := filings.holds(case.tx, psn_no, day)) is not None:
        raise Blocked("该人员已被列入黑名单，医保中心暂停其联网结算，请到经办机构办理", since=hold.from_day.isoformat())
    found = enrolment.standing(case.tx, psn_no, day, region=case.institution.region)
    if not found.entitled:
        found = _elsewhere(case, treatment, found)
    if found.insutype != treatment.insutype:
        raise NotEligible(f"该人员享受待遇的险种为 {found.insutype}，与结算险种不一致", standing="INSUTYPE")
    if treatment.in_hospital and case.switches["outpatient_in_hospital"] == "refuse":
        raise InHospital("该人员正在住院，住院期间不能办理门诊或药店结算", day=day.isoformat())
    return found


def _elsewhere(case: Case, treatment: Treatment, here: enrolment.Standing) -> enrolment.Standing:
    """Return the entitlement in another region; where there is none either, the refusal that says more."""
    home = enrolment.standing(case.tx, treatment.psn_no, treatment.day)
    if home.entitled:
        return home
    told = home if here.code == "NEVER_ENROLLED" else here
    code = "WAITING" if told.code == "NOT_YET" and _waits(told) else told.code
    raise NotEligible(_why_not(told, code, treatment.day), standing=code, **_days(told, treatment.day))


def _waits(found: enrolment.Standing) -> bool:
    """Whether a paid year begins later than years do: its waiting months are not over."""
    if found.period is None:
        return False
    try:
        first = year_begins(policy.Place(found.period.region, found.period.scheme), found.period.year)
    except PolicyGap:
        return False
    return found.period.from_day > first


def _why_not(found: enrolment.Standing, code: str, day: date) -> str:
    since = ""
    if found.code == "NOT_YET":
        begins = found.period or found.participation
        since = f"，自 {begins.from_day.isoformat()} 起享受待遇" if begins is not None else ""
    reason = "已参保缴费，仍在待遇等待期内" if code == "WAITING" else found.reason
    return f"{reason}{since}（就诊日期 {day.isoformat()}）"


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
