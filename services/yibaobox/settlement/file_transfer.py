"""2501 转院备案: a hospital sends its patient on to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import filings
from yibaobox.domain.errors import Conflicting, InvalidInput
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.filing_rules import away_until
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import insured
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from yibaobox.settlement.case import Case

_TO_PROVINCE, _TO_COUNTRY = "2", "3"  # refl_type
_DISAGREED: Final = "0"


def file_transfer(case: Case) -> Answer:
    """File a transfer; treatment at its destination is settled as transferred."""
    asked = case.input["refmedin"]
    psn_no = insured.person(case, asked["psn_no"])
    start = insured.start(case, asked["begndate"] or asked["refl_date"])
    found = insured.standing(case, psn_no, case.tx.today)
    insured.agree(found, insutype=asked["insutype"], region=asked["insu_optins"])
    destination = _destination(case, asked, found.region)
    place = Place(found.region, found.scheme)
    made = filings.file(
        case.tx,
        filings.NewFiling(
            psn_no=psn_no,
            kind=filings.TRANSFER,
            type=asked["refl_type"],
            region=found.region,
            from_day=start,
            until_day=asked["enddate"] or away_until(place, "transfer", start),
            source=case.institution.code,
            destination=destination,
            institutions=(asked["reflin_medins_no"],),
            detail={name: value for name, value in asked.items() if value is not None and name != "psn_no"},
        ),
    )
    return Answer({"result": {"trt_dcla_detl_sn": made.number}}, psn_no=psn_no)


def _destination(case: Case, asked: Mapping[str, Any], home: str) -> str:
    """Return where the receiving hospital lies; it, the place of care and the kind of transfer have to agree."""
    if asked["hosp_agre_refl_flag"] == _DISAGREED:
        raise Conflicting("医院未同意转院，不能办理转院备案")
    receiving = insured.institution(case, asked["reflin_medins_no"], "reflin_medins_no")
    if receiving.code == case.institution.code:
        raise InvalidInput("转往的医院不能是本院", field="reflin_medins_no")
    if insured.area(asked["mdtrtarea_admdvs"], "mdtrtarea_admdvs") != receiving.region:
        raise InvalidInput("就医地行政区划与转往定点医药机构所在地不一致", field="mdtrtarea_admdvs")
    same_province = receiving.region[:2] == home[:2]
    kind = filings.WITHIN_CITY if receiving.region == home else _TO_PROVINCE if same_province else _TO_COUNTRY
    if asked["refl_type"] != kind:
        name = filings.TRANSFER_TYPES[kind]
        raise InvalidInput(f"转院类型与转往地区不符，应为 {kind}（{name}）", field="refl_type")
    return receiving.region


TRANSACTION: Final = writing("2501", file_transfer)
