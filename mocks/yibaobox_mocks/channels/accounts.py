"""Payers' accounts at a channel: a balance that is never negative, a holder, a password where one is asked for."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from yibaobox_mocks.channels.parties import CHANNELS
from yibaobox_mocks.channels.party import Party, Temper
from yibaobox_mocks.ports import Refused, Tx, World

PASSWORD: Final = "123456"  # noqa: S105 - what every card has until it is given another
_COLUMNS: Final = "channel, account_no, psn_no, holder, password, balance_fen, frozen"
_MAKE: Final = f"INSERT INTO gw_channel_accounts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_PLAIN: Final = Temper("", "pays")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the channel keeps it."""

    channel: str
    account_no: str
    psn_no: str | None
    holder: str
    password: str
    balance_fen: int
    frozen: int


@dataclass(frozen=True, slots=True)
class Opened:
    """An account as the sandbox's user wants it."""

    holder: str
    balance_fen: int
    password: str | None = None
    psn_no: str | None = None
    frozen: bool = False


def temper(party: Party, account_no: str) -> Temper:
    """Return how the holder of an account behaves."""
    return next((each for each in party.tempers if each.account_no == account_no), _PLAIN)


def find(tx: Tx, party: Party, account_no: str) -> Account | None:
    """Return an account, locked; that of somebody who behaves in a certain way is made when it is first asked for."""
    known = temper(party, account_no)
    if known is not _PLAIN:
        holder = f"测试{party.title}"
        tx.run(_MAKE, party.accounts, account_no, None, holder, PASSWORD, known.balance_fen, int(known.frozen))
    sql = f"SELECT {_COLUMNS} FROM gw_channel_accounts WHERE channel = ? AND account_no = ?{tx.for_update}"
    row = tx.one(sql, party.accounts, account_no)
    return None if row is None else Account(*row)


def move(tx: Tx, account: Account, fen: int) -> bool:
    """Add to a balance, or take from it where there is enough."""
    sql = (
        "UPDATE gw_channel_accounts SET balance_fen = balance_fen + ?"
        " WHERE channel = ? AND account_no = ? AND balance_fen + ? >= 0"
    )
    return tx.run(sql, fen, account.channel, account.account_no, fen) == 1


def why_not(account: Account | None, *, holder: str | None, password: str | None) -> str | None:
    """Return why an account cannot be debited by who shows this, or nothing."""
    if account is None:
        return "NO_ACCOUNT"
    if account.frozen:
        return "ACCOUNT_FROZEN"
    if holder is not None and holder != account.holder:
        return "NAME_MISMATCH"
    if password is not None and not hmac.compare_digest(password.encode(), account.password.encode()):
        return "WRONG_PASSWORD"
    return None


def opened(world: World, channel: str, account_no: str, wanted: Opened) -> Account:
    """Open an account, or set one that is there."""
    party = _party(channel)
    if not party.number.fullmatch(account_no):
        raise Refused("invalid", "账号格式不正确")
    with world.write() as tx:
        known = find(tx, party, account_no)
        password = wanted.password or (known.password if known is not None else PASSWORD)
        facts = (wanted.psn_no, wanted.holder, password, wanted.balance_fen, int(wanted.frozen))
        if not tx.run(_MAKE, party.accounts, account_no, *facts):
            sets = "psn_no = ?, holder = ?, password = ?, balance_fen = ?, frozen = ?"
            sql = f"UPDATE gw_channel_accounts SET {sets} WHERE channel = ? AND account_no = ?"
            tx.run(sql, *facts, party.accounts, account_no)
        return _found(find(tx, party, account_no))


def shown(world: World, channel: str, account_no: str) -> Account:
    """Return an account."""
    with world.write() as tx:
        return _found(find(tx, _party(channel), account_no))


def load(world: World, channel: str, account_no: str, fen: int, source_no: str | None) -> Account:
    """Put money on an account: out of nowhere, or out of an account at the bank (圈存)."""
    with world.write() as tx:
        party = _party(channel)
        _found(find(tx, party, account_no))
        reason = transfer(tx, party, account_no, fen, source_no)
        if reason is not None:
            raise Refused("conflict", f"圈存失败：{reason}")
        return _found(find(tx, party, account_no))


def transfer(tx: Tx, party: Party, account_no: str, fen: int, source_no: str | None) -> str | None:
    """Move money to an account and return why it could not be, or nothing. The bank's account is locked first."""
    source = None if source_no is None else find(tx, CHANNELS["bank"], source_no)
    if source_no is not None:
        reason = why_not(source, holder=None, password=None)
        if reason is not None:
            return reason
        assert source is not None, "there is no reason against it"
        if not move(tx, source, -fen):
            return "INSUFFICIENT_BALANCE"
    target = find(tx, party, account_no)
    if target is None:
        raise Refused("not_found", "没有这个账户")
    move(tx, target, fen)
    return None


def _party(channel: str) -> Party:
    found = CHANNELS.get(channel)
    if found is None:
        raise Refused("not_found", "没有这个缴费渠道")
    return found


def _found(account: Account | None) -> Account:
    if account is None:
        raise Refused("not_found", "没有这个账户")
    return account
