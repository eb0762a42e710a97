"""Switches of a world: how strict it is, where the sources leave a choice. Each has a closed list of positions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from yibaobox.domain import clock
from yibaobox.domain.errors import InvalidInput

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

DURATION: Final = "<duration>"  # the position is any ISO 8601 duration
# Name → positions, the default first.
SWITCHES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "policy": ("demo", "strict"),  # strict: figures that only illustrate or were carried over do not answer
        "unknown_keys": ("ignore", "refuse"),  # keys of a national message that the catalogue does not have
        "require_presettle": ("off", "on"),  # a settlement sends back the quote of a pre-settlement
        "family_auto": ("on", "off"),  # acct_used_flag 1 goes on to family accounts when the own one is empty
        "reversal_order": ("any", "lifo"),  # lifo: the newest settlement of a policy year is reversed first
        "outpatient_in_hospital": ("refuse", "allow"),  # visits and sales are settled while the person lies in hospital
        "discharge_before_settlement": ("on", "off"),  # a stay is discharged (2402) before it is settled for good
        "reversal_after_clearing": ("allow", "refuse"),  # allow: the negative line joins the next clearing
        "message_profile": ("base", "hunan"),  # which fields of a national message are required
        "strict_timestamps": ("on", "off"),  # off: a gateway takes a request whatever instant it claims to be of
        # what WeChat Pay signs call-backs with: certificate, public key, or the key in so many of a hundred
        "wechat_sign_with": ("cert", "pubkey", "mixed:1", "mixed:5", "mixed:10", "mixed:20", "mixed:50"),
        "wechat_certificates": ("one", "none"),  # none: as for merchants of recent days, who have the public key alone
        "wechat_reentry": ("invalid_request", "out_trade_no_used"),  # the same number with other facts: sources differ
        "review": ("immediate", "manual", DURATION),  # when the office decides what citizens submit
        "review_registration": ("as_review", "immediate", "manual", DURATION),  # the same for one kind of application
        "review_suspension": ("as_review", "immediate", "manual", DURATION),
        "review_flexible": ("as_review", "immediate", "manual", DURATION),  # 灵活就业: registration and repair
        "review_change": ("as_review", "immediate", "manual", DURATION),
        "review_chronic": ("as_review", "immediate", "manual", DURATION),  # 门诊慢特病
        "review_refund": ("as_review", "immediate", "manual", DURATION),  # each of the two reviews of a refund
        "review_family_account": ("as_review", "immediate", "manual", DURATION),
        "review_freshman": ("as_review", "immediate", "manual", DURATION),  # as_review: as long as the policy says
        "relation_match": (
            "unless_known",
            "on_record",
        ),  # what proves a relation by data: nothing against it, or a record
    }
)


def read(tx: Tx) -> dict[str, str]:
    """Return the position of every switch."""
    return dict(_positions(tuple(tx.known("SELECT name, value FROM settings"))))


@lru_cache(maxsize=64)
def _positions(rows: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Return the position of every switch, those in the rows as they say."""
    stored = dict(rows)
    return {name: stored.get(name, positions[0]) for name, positions in SWITCHES.items()}


def allows(name: str, position: str) -> bool:
    """Tell whether a switch has a position."""
    if position in SWITCHES[name] and position != DURATION:
        return True
    try:
        return DURATION in SWITCHES[name] and clock.later(clock.EPOCH.replace(year=2000), position) is not None
    except InvalidInput:
        return False


def put(tx: Tx, wanted: Mapping[str, str]) -> dict[str, str]:
    """Set some switches and return all; refuse an unknown switch or position."""
    for name, position in wanted.items():
        if name not in SWITCHES:
            raise InvalidInput(f"没有开关 {name[:40]}", field=name[:40])
        if not allows(name, position):
            raise InvalidInput(f"开关 {name} 须为 {'、'.join(SWITCHES[name])} 之一", field=name)
        if not tx.run("UPDATE settings SET value = ? WHERE name = ?", position, name):
            tx.run("INSERT INTO settings (name, value) VALUES (?, ?)", name, position)
    return read(tx)
