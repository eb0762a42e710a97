"""The bank: real-time debit of an account that the payer has agreed to; the name has to be the holder's."""

import re
from typing import Final

from yibaobox_mocks.channels.party import Party, Temper

BANK: Final = Party(
    name="bank",
    title="银行实时扣款",
    accounts="bank",
    number=re.compile(r"62\d{14,17}", re.ASCII),
    secret=False,
    terminal=False,
    cut_h=22,
    close_h=2,
    tempers=(
        Temper("6217000000000000011", "has no money", balance_fen=0),
        Temper("6217000000000000022", "is frozen", frozen=True),
        Temper("6217000000000000033", "is debited after 20 s of sandbox time", slow_s=20),
        Temper("6217000000000000044", "is debited, and the reply is lost", lost=True),
        Temper("6217000000000000055", "has 10,000.00"),
    ),
)
