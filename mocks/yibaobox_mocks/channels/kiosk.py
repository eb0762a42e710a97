"""The kiosk (圈存机): a machine on the campus that debits campus cards, and loads them from a bank account."""

import re
from typing import Final

from yibaobox_mocks.channels.campus_card import CAMPUS
from yibaobox_mocks.channels.party import Party

KIOSK: Final = Party(
    name="kiosk",
    title="圈存机",
    accounts=CAMPUS.name,
    number=re.compile(CAMPUS.number.pattern, re.ASCII),
    secret=True,
    terminal=True,
    cut_h=CAMPUS.cut_h,
    close_h=CAMPUS.close_h,
    tempers=CAMPUS.tempers,
)
