"""Levels of institutions in the code lists of the national interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HOSPITAL: Final[Mapping[str, str]] = {  # hosp_lv
    "L3A": "2",
    "L3B": "3",
    "L3": "12",
    "L2": "13",
    "L1": "14",
    "community": "11",
    "school_clinic": "11",
    "pharmacy": "",
}
DEDUCTIBLE: Final[Mapping[str, str]] = {  # dedc_hosp_lv
    "L3A": "3",
    "L3B": "3",
    "L3": "3",
    "L2": "2",
    "L1": "1",
    "community": "1",
    "school_clinic": "1",
    "pharmacy": "4",
}
