"""Identity numbers (居民身份证号码, GB 11643) and mobile numbers of people who do not exist.

Eighteen characters: six of the region, eight of the birth date, three of the order (odd for men), one check digit. The
sandbox makes numbers with a right check digit behind a closed table of prefixes that no county issues (`regions`):
common validators accept them, and yet no living person carries one. Every other well-formed number may be real and is
refused unless the operator allows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from yibaobox.domain.errors import InvalidInput, RealisticId
from yibaobox.domain.people import regions

MALE: Final = "1"  # code list `gend` of the national interface
FEMALE: Final = "2"
ORDERS: Final = 499  # numbers for one sex, birth date and region
_FORM: Final = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_FIRST_YEAR: Final = 1900
_FIRST_MOBILE: Final = 17_420_000_000
_MOBILES: Final = 80_000_000


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A well-formed identity number and what it says of its holder."""

    text: str
    birth: date
    sex: str

    @property
    def is_synthetic(self) -> bool:
        """Whether the number stands in the closed table of prefixes that no county issues."""
        return self.text[:6] in regions.synthetic_prefixes()


def check_digit(first_seventeen: str) -> str:
    """Return the eighteenth character (GB 11643: ISO 7064, MOD 11-2)."""
    assert len(first_seventeen) == len(_WEIGHTS), "the check digit follows seventeen digits"
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True)) % 11]


def parse(id_no: object) -> IdNumber:
    """Read a well-formed number: eighteen ASCII characters, a day of the calendar since 1900, the right check digit."""
    if not isinstance(id_no, str) or _FORM.fullmatch(id_no) is None:
        raise InvalidInput("身份证号码须为18位，前17位为数字，末位为数字或大写X")
    birth = _day(id_no[6:14])
    if birth is None:
        raise InvalidInput("身份证号码中的出生日期不存在")
    if check_digit(id_no[:17]) != id_no[17]:
        raise InvalidInput("身份证号码校验位不正确")
    return IdNumber(id_no, birth, MALE if int(id_no[16]) % 2 else FEMALE)


def validate(id_no: object, *, allow_realistic: bool = False) -> IdNumber:
    """Read a number that this sandbox accepts; a possibly real one only with YIBAOBOX_ALLOW_REALISTIC_IDS=1."""
    parsed = parse(id_no)
    if not (parsed.is_synthetic or allow_realistic):
        raise RealisticId("该身份证号码可能属于真实自然人，沙箱仅接受模拟号段（YIBAOBOX_ALLOW_REALISTIC_IDS=1 可放行）")
    return parsed


def is_well_formed(id_no: object) -> bool:
    """Tell whether a value is an identity number, real or synthetic."""
    try:
        parse(id_no)
    except InvalidInput:
        return False
    return True


def is_synthetic(id_no: object) -> bool:
    """Tell whether a value is a well-formed number that no county issues."""
    return is_well_formed(id_no) and parse(id_no).is_synthetic


def birth_of(id_no: object) -> date:
    """Return the birth date that a number states."""
    return parse(id_no).birth


def sex_of(id_no: object) -> str:
    """Return the sex that a number states: "1" for men, "2" for women."""
    return parse(id_no).sex


def make(region: str, birth: date, sex: str, serial: int) -> str:
    """Return the synthetic number of a pooling area for a serial of 0 … 498 (any other serial wraps round)."""
    assert sex in (MALE, FEMALE), "an order number is odd or even"
    order = 2 * (serial % ORDERS) + (1 if sex == MALE else 2)
    first = f"{regions.resolve(region).id_prefix}{birth:%Y%m%d}{order:03d}"
    return first + check_digit(first)


def mobile(serial: int) -> str:
    """Return a mobile number that validators of the form 1[3-9] + nine digits, or with a list of 17[0-8], accept.

    Safe because the sandbox sends no message to any network: a verification code is only ever read from the control
    API. Besides, the one published public use of the segment 174 is 1740, satellite telephones; these are 1742 to 1749.
    """
    assert 0 <= serial < _MOBILES, "the range of synthetic mobiles holds eighty million"
    return str(_FIRST_MOBILE + serial)


def _day(digits: str) -> date | None:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR else None
