"""The names of accounts."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_NAME: Final = re.compile(
    r"ACCT|FAMILY|OPEN|ACCM:\d{6}:[a-z_]+:\d{4}:[A-Z0-9_]+"
    r"|(?:POOL|CIVIL|HIFES|HIFMI|HIFOB|MAF|OTH):\d{6}:\d{3}|INST:[HP]\d{11}"
    r"|PREM:\d{6}:\d{4}|(?:CASH|SUSP|REFUND_DUE):[a-z0-9_]+",
    re.ASCII,
)

_FUNDS: Final = frozenset({"POOL", "CIVIL", "HIFES", "HIFMI", "HIFOB", "MAF", "OTH"})


def accumulator(region: str, scheme: str, year: int, bucket: str) -> str:
    """Return the name of a yearly accumulator, e.g. of the deductible used (`DED`) or of the cap used (`CAP`)."""
    return f"ACCM:{region}:{scheme}:{year}:{bucket}"


@lru_cache(maxsize=4096)
def is_account(name: str) -> bool:
    """Tell whether the text names an account."""
    return _NAME.fullmatch(name) is not None


def is_memo(name: str) -> bool:
    """Tell whether entries of the account count beside the money."""
    return name.startswith("ACCM:")


def is_personal(name: str) -> bool:
    """Tell whether the account has a stored balance that never falls below zero."""
    return name == "ACCT" or name.startswith("ACCM:")


def is_fund(name: str) -> bool:
    """Tell whether the account is one of the funds that pay beside the person."""
    return name.partition(":")[0] in _FUNDS
