"""The campus card: money on a card, known by the student's number, spent with the card's password."""

import re
from typing import Final

from yibaobox_mocks.channels.party import Party, Temper

CAMPUS: Final = Party(
    name="campus",
    title="校园一卡通",
    accounts="campus",
    number=re.compile(r"[0-9A-Za-z]{6,20}", re.ASCII),
    secret=True,
    terminal=False,
    cut_h=23,
    close_h=1,
    tempers=(
        Temper("2025000011", "has no money on the card", balance_fen=0),
        Temper("2025000022", "has lost the card", frozen=True),
        Temper("2025000033", "is debited after 20 s of sandbox time", slow_s=20),
        Temper("2025000044", "is debited, and the reply is lost", lost=True),
        Temper("2025000055", "has 10,000.00 on the card"),
    ),
)
