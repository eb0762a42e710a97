"""The diseases of 门诊慢特病 and 两病 that the sandbox knows: codes of the wire, names, and the key of policy files.

The codes are those of the national list of chronic and special diseases for outpatients, as far as they are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from yibaobox.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Disease:
    """One disease. `two` marks 两病, whose medicines are paid to outpatients without recognition as chronic."""

    code: str
    name: str
    key: str
    two: bool = False


_ALL: Final = (
    Disease("M03900", "高血压", "hypertension", two=True),
    Disease("M01600", "糖尿病", "diabetes", two=True),
    Disease("M00500", "恶性肿瘤门诊治疗", "malignancy"),
    Disease("M07801", "慢性肾功能衰竭透析治疗", "dialysis"),
    Disease("M08300", "器官移植术后抗排异治疗", "transplant"),
    Disease("M04600", "冠心病", "coronary"),
    Disease("M05300", "慢性阻塞性肺疾病", "copd"),
    Disease("M06900", "类风湿关节炎", "rheumatoid_arthritis"),
)
DISEASES: Final[Mapping[str, Disease]] = MappingProxyType({disease.code: disease for disease in _ALL})


def get(code: object) -> Disease:
    """Return the disease of a code; refuse any other."""
    found = DISEASES.get(code) if isinstance(code, str) else None
    if found is None:
        raise InvalidInput("门慢门特病种目录代码不存在", field="opsp_dise_code")
    return found
