"""Faults by name of a person, for applications that cannot send a header: 测某某·timeout.after_commit."""

from __future__ import annotations

from typing import Final

from yibaobox.domain.faults.catalogue import KINDS, UnknownFault, kind
from yibaobox.domain.faults.rules import Wanted, arm
from yibaobox.domain.store import Tx

MARK: Final = "·"


def split(name: str) -> tuple[str, str | None]:
    """Return a name without its fault, and the fault; real names of minorities have the same dot and no fault."""
    bare, mark, asked = name.rpartition(MARK)
    if not mark or not asked.isascii() or ("." not in asked and asked not in KINDS):
        return name, None
    return bare, asked


def arm_by_name(tx: Tx, psn_no: str, name: str) -> None:
    """Arm the fault that a person's name ends with, on every request about them; a name without one arms nothing."""
    _, asked = split(name)
    if asked is None:
        return
    if kind(asked).control_only:
        raise UnknownFault(f"故障 {asked} 只能由控制接口设置")
    arm(tx, Wanted(asked, {"psn": psn_no}, times=None), origin="person")
