"""Faults by name of a person, for applications that cannot send a header: 测某某·timeout.after_commit."""

from __future__ import annotations

from typing import Final

from yibaobox.domain.faults.catalogue import UnknownFault, kind
from yibaobox.domain.faults.rules import Wanted, arm
from yibaobox.domain.store import Tx

MARK: Final = "·"


def arm_by_name(tx: Tx, psn_no: str, name: str) -> None:
    """Arm the fault that a person's name ends with, on every request about them; a name without one arms nothing.

    Real names of minorities have the same dot: what follows it counts only when it is written in ASCII.
    """
    _, mark, asked = name.rpartition(MARK)
    if not mark or not asked.isascii():
        return
    if kind(asked).control_only:
        raise UnknownFault(f"故障 {asked} 只能由控制接口设置")
    arm(tx, Wanted(asked, {"psn": psn_no}, times=None), origin="person")
