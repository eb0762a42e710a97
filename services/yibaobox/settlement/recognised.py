"""Visits for 门诊慢特病 and 两病: whether the disease is recognised on that day, and may be treated here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from yibaobox.domain import filings
from yibaobox.domain.errors import InvalidInput, NotEligible

if TYPE_CHECKING:
    from yibaobox.domain.enrolment import Standing
    from yibaobox.domain.filings import Filing
    from yibaobox.domain.filings.diseases import Disease
    from yibaobox.settlement.case import Case
    from yibaobox.settlement.claim import Treatment

CHRONIC: Final = "chronic"
TWO: Final = "two_diseases"


class Illness(NamedTuple):
    """What policy files are asked for: the disease of the visit, and all that the person is recognised for."""

    disease: str | None = None
    chronic: tuple[str, ...] = ()
    filing: Filing | None = None


def illness(case: Case, treatment: Treatment, home: Standing, setting: str) -> Illness:
    """Return the illness of a visit; NotEligible where the disease is not recognised or not to be treated here."""
    if setting not in (CHRONIC, TWO):
        return Illness()
    disease = _named(treatment)
    held = filings.qualifications(case.tx, treatment.psn_no, treatment.day)
    own = {code: one for code, one in held.items() if one.region == home.region}
    if setting == TWO:
        if not disease.two:
            raise InvalidInput(f"病种 {disease.name} 不属于门诊两病", field="dise_codg")
        return Illness(disease.key, filings.policy_keys(own))
    found = own.get(disease.code)
    if found is None:
        raise _not_recognised(case, treatment, disease)
    if case.institution.region == home.region:
        _check_chosen(case, treatment, disease, found)
    return Illness(disease.key, filings.policy_keys(own), found)


def _named(treatment: Treatment) -> Disease:
    code = treatment.disease_code
    if not code:
        raise InvalidInput("门诊慢特病、两病结算须有病种编码", field="dise_codg")
    try:
        return filings.diseases.get(code)
    except InvalidInput:
        raise InvalidInput(f"没有病种编码 {code[:30]}", field="dise_codg") from None


def _not_recognised(case: Case, treatment: Treatment, disease: Disease) -> NotEligible:
    """Say whether the disease was never recognised, or is no longer."""
    ended = [
        one
        for one in filings.listed(case.tx, treatment.psn_no, filings.CHRONIC)
        if one.type == disease.code and one.last_day < treatment.day
    ]
    day = treatment.day.isoformat()
    if not ended:
        return NotEligible(
            f"该人员没有 {disease.name} 的门诊慢特病资格（就诊日期 {day}）", standing="NOT_RECOGNISED", day=day
        )
    until = max(one.last_day for one in ended).isoformat()
    said = f"该人员 {disease.name} 的门诊慢特病资格已于 {until} 到期（就诊日期 {day}）"
    return NotEligible(said, standing="RECOGNITION_ENDED", day=day, entitled_until=until)


def _check_chosen(case: Case, treatment: Treatment, disease: Disease, found: Filing) -> None:
    chosen = filings.chosen(case.tx, found, treatment.day)
    if chosen and case.institution.code not in chosen:
        raise NotEligible(
            f"本机构不是该人员 {disease.name} 的选定医疗机构（选定：{'、'.join(sorted(chosen))}）",
            standing="NOT_CHOSEN",
            day=treatment.day.isoformat(),
        )
