"""The kinds of filings and the words they use; closed lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

AWAY: Final = "away"
TRANSFER: Final = "transfer"
CHRONIC: Final = "chronic"
DESIGNATED: Final = "designated"
HOLD: Final = "hold"
KINDS: Final = MappingProxyType(
    {
        AWAY: "异地就医备案",
        TRANSFER: "转院备案",
        CHRONIC: "门诊慢特病备案",
        DESIGNATED: "定点备案",
        HOLD: "暂停联网结算",
    }
)


@dataclass(frozen=True, slots=True)
class AwayType:
    """A type of filing for treatment elsewhere: its name for citizens, and its status in policy files."""

    name: str
    status: str


AWAY_TYPES: Final[Mapping[str, AwayType]] = MappingProxyType(
    {
        "resettled": AwayType("异地安置退休人员", "long_term"),
        "long_term": AwayType("异地长期居住人员", "long_term"),
        "posted": AwayType("常驻异地工作人员", "long_term"),
        "transfer": AwayType("异地转诊就医人员", "transfer"),
        "emergency": AwayType("异地急诊抢救人员", "emergency"),
        "temporary": AwayType("其他临时外出就医人员", "temporary_filed"),
    }
)
# Why a student is there: what policy files call a place without reduction, or a first year at college.
STUDENT_PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {"school": "学籍地", "household": "户籍地", "internship": "实习地", "freshman": "新生入学"}
)
WITHIN_CITY: Final = "1"
TRANSFER_TYPES: Final[Mapping[str, str]] = MappingProxyType(  # code list `refl_type` of the national interface
    {WITHIN_CITY: "市内转院", "2": "转往省内异地", "3": "转往省外异地"}
)
