"""What a channel is: whose accounts it debits, what a payer has to show, when its day is cut."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yibaobox_mocks.ports import Sandbox

_DAY_US = 86_400 * 1_000_000
_HOUR_US = 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class Temper:
    """A payer who behaves in a certain way: by account number, made when it is first asked for.

    `slow_s`: the debit is under way for so long. `lost`: it is done, and the reply never comes.
    """

    account_no: str
    says: str
    balance_fen: int = 1_000_000
    frozen: bool = False
    slow_s: int = 0
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Party:
    """A channel.

    `accounts`: the channel whose accounts it debits. `number`: what an account number looks like. `secret`: a password
    is asked for. `terminal`: a machine is named. `cut_h`: at this hour of a day its entrust date is cut: later debits
    belong to the next one. `close_h`: so many hours after midnight the cut day is closed: nothing is reversed any more.
    """

    name: str
    title: str
    accounts: str
    number: re.Pattern[str]
    secret: bool
    terminal: bool
    cut_h: int
    close_h: int
    tempers: tuple[Temper, ...]

    def working_day(self, sandbox: Sandbox, now_us: int) -> str:
        """Return the entrust date of a debit that is asked for now."""
        ahead_us = (24 - self.cut_h) * _HOUR_US
        return sandbox.rfc3339(now_us + ahead_us)[:10]

    def phase(self, sandbox: Sandbox, day: str, now_us: int) -> int:
        """Return how far a day is: 0 under way, 1 cut, 2 closed."""
        cut_us = sandbox.instant_us(f"{day}T00:00:00+08:00") + self.cut_h * _HOUR_US
        if now_us < cut_us:
            return 0
        closed_us = cut_us - self.cut_h * _HOUR_US + _DAY_US + self.close_h * _HOUR_US
        return 1 if now_us < closed_us else 2
