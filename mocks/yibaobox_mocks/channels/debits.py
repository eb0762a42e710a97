"""Debits: RECEIVED → SUCCESS | FAILED; RECEIVED or SUCCESS → REVERSED. One of a key, whatever is asked how often.

A reversal that comes before its debit leaves a mark: the debit that comes later is REVERSED and moves nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from yibaobox_mocks.channels import accounts
from yibaobox_mocks.channels.errors import ChannelError
from yibaobox_mocks.channels.parties import CHANNELS
from yibaobox_mocks.channels.party import Party
from yibaobox_mocks.ports import Sandbox, Tx

JOB: Final = "channels.debit"
SAID: Final = {
    "NO_ACCOUNT": "账户不存在",
    "ACCOUNT_FROZEN": "账户已冻结或挂失",
    "NAME_MISMATCH": "户名不符",
    "WRONG_PASSWORD": "密码错误",
    "INSUFFICIENT_BALANCE": "余额不足",
    "REVERSED_BEFORE": "该笔交易已先行冲正",
}


@dataclass(frozen=True, slots=True)
class Debit:
    """A debit as the channel keeps it."""

    channel: str
    tax_org_code: str
    entrust_date: str
    tra_no: str
    account_no: str
    amount_fen: int
    summary: str
    terminal: str | None
    state: str
    reason: str | None
    channel_txn: str
    created_us: int
    done_us: int | None
    fingerprint: str


Key = tuple[str, str, str]
_COLUMNS: Final = ", ".join(each.name for each in fields(Debit))
_SPACES: Final = ", ".join("?" for _ in fields(Debit))
_WHERE: Final = "WHERE channel = ? AND tax_org_code = ? AND entrust_date = ? AND tra_no = ?"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where debits are made: a channel and a transaction."""

    party: Party
    tx: Tx
    sandbox: Sandbox

    def find(self, key: Key) -> Debit | None:
        """Return a debit, locked."""
        sql = f"SELECT {_COLUMNS} FROM gw_channel_debits {_WHERE}{self.tx.for_update}"
        row = self.tx.one(sql, self.party.name, *key)
        return None if row is None else Debit(*row)

    def by_txn(self, channel_txn: str) -> Debit | None:
        """Return a debit by the channel's number, locked."""
        sql = f"SELECT {_COLUMNS} FROM gw_channel_debits WHERE channel = ? AND channel_txn = ?{self.tx.for_update}"
        row = self.tx.one(sql, self.party.name, channel_txn)
        return None if row is None else Debit(*row)

    def make(self, asked: Mapping[str, Any]) -> Debit:
        """Debit an account; the same again is the same debit."""
        key, print_ = (asked["tax_org_code"], asked["entrust_date"], asked["tra_no"]), fingerprint(asked)
        known = self.find(key)
        if known is None:
            self._check_day(asked["entrust_date"])
            self._insert(key, asked, print_)
            known = self.find(key)
            assert known is not None, "what was just written is there"
            if known.state == "RECEIVED" and known.fingerprint == print_:
                return self._begin(known, asked)
        if known.reason == "REVERSED_BEFORE":
            return known
        if known.fingerprint != print_:
            raise ChannelError("REPEATED_WITH_OTHER_FACTS", "同一交易键已用于另一笔扣款")
        return known

    def reverse(self, asked: Mapping[str, Any]) -> Debit:
        """Take a debit back as if it had not been, as long as its day is not closed; one that never came is barred."""
        key = (asked["tax_org_code"], asked["entrust_date"], asked["tra_no"])
        if self.party.phase(self.sandbox, asked["entrust_date"], self.tx.now_us) == 2:  # noqa: PLR2004 - closed
            raise ChannelError("DAY_CLOSED", "该委托日期已结账，请走退款")
        known = self.find(key)
        if known is None:
            self._bar(key)
            known = self.find(key)
            assert known is not None, "what was just written is there"
        if known.state == "REVERSED":
            return known
        if known.state == "FAILED" or self._refunded(known):
            raise ChannelError("NOT_REVERSIBLE", "该笔扣款未成功或已退款，不能冲正")
        if known.state == "SUCCESS":
            self.give_back(known, known.amount_fen)
        return self._set(known, "REVERSED", known.reason)

    def finish(self, debit: Debit) -> Debit:
        """Bring a debit that is under way to its end."""
        account = accounts.find(self.tx, self.party, debit.account_no)
        assert account is not None, "accounts are never removed"
        if not accounts.move(self.tx, account, -debit.amount_fen):
            return self._set(debit, "FAILED", "INSUFFICIENT_BALANCE")
        return self._set(debit, "SUCCESS", None)

    def give_back(self, debit: Debit, fen: int) -> None:
        """Put money of a debit back on its account."""
        account = accounts.find(self.tx, self.party, debit.account_no)
        assert account is not None, "accounts are never removed"
        accounts.move(self.tx, account, fen)

    def _begin(self, debit: Debit, asked: Mapping[str, Any]) -> Debit:
        account = accounts.find(self.tx, self.party, debit.account_no)
        reason = accounts.why_not(account, holder=asked.get("holder"), password=asked.get("password"))
        if reason is not None:
            return self._set(debit, "FAILED", reason)
        temper = accounts.temper(self.party, debit.account_no)
        if temper.slow_s:
            facts = {"channel": debit.channel, "key": [debit.tax_org_code, debit.entrust_date, debit.tra_no]}
            self.sandbox.remind(self.tx, JOB, facts, self.tx.now_us + temper.slow_s * 1_000_000)
            return debit
        return self.finish(debit)

    def _check_day(self, day: str) -> None:
        working = self.party.working_day(self.sandbox, self.tx.now_us)
        if day != working:
            raise ChannelError("DAY_CUT", f"当前委托日期为{working}")

    def _insert(self, key: Key, asked: Mapping[str, Any], print_: str) -> None:
        facts = (asked["account_no"], asked["amount_fen"], asked["summary"], asked.get("terminal"))
        self._write((*key, *facts, "RECEIVED", None, self._txn(), self.tx.now_us, None, print_))

    def _bar(self, key: Key) -> None:
        now_us = self.tx.now_us
        self._write((*key, "", 0, "", None, "REVERSED", "REVERSED_BEFORE", self._txn(), now_us, now_us, ""))

    def _write(self, values: tuple[object, ...]) -> None:
        sql = f"INSERT INTO gw_channel_debits ({_COLUMNS}) VALUES ({_SPACES}) ON CONFLICT DO NOTHING"
        self.tx.run(sql, self.party.name, *values)

    def _set(self, debit: Debit, state: str, reason: str | None) -> Debit:
        key = (debit.tax_org_code, debit.entrust_date, debit.tra_no)
        sql = f"UPDATE gw_channel_debits SET state = ?, reason = ?, done_us = ? {_WHERE}"
        self.tx.run(sql, state, reason, self.tx.now_us, self.party.name, *key)
        changed = self.find(key)
        assert changed is not None, "what was just changed is there"
        return changed

    def _refunded(self, debit: Debit) -> bool:
        sql = "SELECT 1 FROM gw_channel_refunds WHERE channel = ? AND channel_txn = ?"
        return self.tx.one(sql, debit.channel, debit.channel_txn) is not None

    def _txn(self) -> str:
        return f"{self.party.name.upper()}{self.tx.next_number('number'):020d}"


def finish(sandbox: Sandbox, tx: Tx, payload: Mapping[str, Any]) -> None:
    """End a debit that was under way."""
    desk = Desk(CHANNELS[payload["channel"]], tx, sandbox)
    tax_org_code, entrust_date, tra_no = payload["key"]
    debit = desk.find((tax_org_code, entrust_date, tra_no))
    if debit is not None and debit.state == "RECEIVED":
        desk.finish(debit)


def fingerprint(asked: Mapping[str, Any]) -> str:
    """Return what two requests of one key are compared by."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
