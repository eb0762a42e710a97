"""Rules of clearing: what an application states is the sum of its lines (reliability §2, R1)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yibaobox.sandbox.audit.rows import Rows


def applications_are_their_lines(rows: Rows) -> Iterator[str]:
    """R3: a standing application has exactly the lines and amounts it states, a withdrawn one none."""
    undone = {(row[0], row[1]) for row in rows.subjects.get("setl_reversals", [])}
    sums: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for psn_no, setl_id, sign, institution, clr_id, settled_at, *amounts in rows.subjects.get("cleared_lines", []):
        if settled_at != institution or (sign < 0 and (psn_no, setl_id) not in undone):
            yield f"clearing {clr_id} has a line {setl_id} that {institution} does not have"
        held = sums[institution, clr_id]
        for place, value in enumerate((1, *(sign * fen for fen in amounts))):
            held[place] += value
    for institution, clr_id, lines, total, _, account, cash, withdrawn_us in rows.subjects.get("clearings", []):
        stated = [0, 0, 0, 0] if withdrawn_us is not None else [lines, total, account, cash]
        if sums[institution, clr_id] != stated:
            yield f"clearing {clr_id} of {institution} states {stated} and holds {sums[institution, clr_id]}"
