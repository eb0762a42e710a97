"""Base information (个人基础信息): what people say of themselves at the portal.

Name, number, sex and birth are not theirs to say: they stand in the population register.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

FIELDS: Final = (
    *("nation", "mobile", "household_region", "household_address", "household_postcode"),
    *("residence_region", "residence_address", "residence_postcode"),
)


def base_info(tx: Tx, psn_no: str) -> dict[str, str]:
    """Return what a person has said, by field."""
    row = tx.one("SELECT facts FROM base_infos WHERE psn_no = ?", psn_no)
    facts: dict[str, str] = {} if row is None else json.loads(row[0])
    return facts


def note(tx: Tx, psn_no: str, form: Mapping[str, object]) -> dict[str, str]:
    """Keep what a form says of these fields beside what was said before, and return all of it."""
    said = {field: str(form[field]) for field in FIELDS if form.get(field) not in (None, "")}
    facts = base_info(tx, psn_no) | said
    written = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    tx.run(
        "INSERT INTO base_infos (psn_no, facts, updated_us) VALUES (?, ?, ?)"
        " ON CONFLICT (psn_no) DO UPDATE SET facts = excluded.facts, updated_us = excluded.updated_us",
        *(psn_no, written, tx.now_us),
    )
    return facts
