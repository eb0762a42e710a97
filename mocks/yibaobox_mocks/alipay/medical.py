"""Insurance and cash in one payment (alipay.commerce.medical.trade.*): the buyer confirms once, each part has a state.

A payment number (`pay_order_id`) or a consent (`pay_auth_no`) that this sandbox gave out is checked and used; one that
it did not stands for an order of somebody else's, which is settled without more ado.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from yibaobox_mocks.alipay import asked, users
from yibaobox_mocks.alipay.errors import business, parameter
from yibaobox_mocks.ports import Refused, Sandbox, Tx
from yibaobox_mocks.written import clocked, yuan

WAITING: Final = "WAIT_BUYER_PAY"
SUCCESS: Final = "TRADE_SUCCESS"
CLOSED: Final = "TRADE_CLOSED"
_AMOUNTS: Final = ("gov_amount", "account_amount", "other_amount", "real_amount")
# What is told again as it was asked: field → most characters.
_ECHOED: Final = {
    "subject": 256,
    "order_type": 64,
    "insurance_pay_scene": 64,
    "med_org_ord": 64,
    "chrg_bch_no": 64,
    "org_no": 64,
    "gmt_out_create": 32,
    "request_content": 4000,
}


@dataclass(frozen=True, slots=True)
class Medical:
    """A payment as the gateway keeps it; a part of nothing is NONE, another INIT → SUCCESS | FAIL, SUCCESS → REFUND."""

    app_id: str
    out_trade_no: str
    trade_no: str
    alipay_trade_no: str
    buyer_id: str
    pay_order_id: str | None
    pay_auth_no: str | None
    notify_url: str | None
    echoed: str
    gov_fen: int
    account_fen: int
    other_fen: int
    real_fen: int
    state: str
    medical_state: str
    own_state: str
    message: str | None
    expires_us: int
    created_us: int
    paid_us: int | None
    refund_no: str | None
    refund_us: int | None

    @property
    def total_fen(self) -> int:
        """What the visit costs."""
        return self.gov_fen + self.account_fen + self.other_fen + self.real_fen


URL: Final = "alipays://platformapi/startapp?page=medical&tradeNo="  # opens the wallet on the buyer's phone
_COLUMNS: Final = ", ".join(each.name for each in fields(Medical))
_SPACES: Final = ", ".join("?" for _ in fields(Medical))


@dataclass(frozen=True, slots=True)
class Desk:
    """Where such payments are made."""

    tx: Tx
    sandbox: Sandbox
    app_id: str

    def create(self, parameters: Mapping[str, str]) -> Medical:
        """Take a payment; the same again is the same, another of its number is refused."""
        document = asked.document_of(parameters)
        wanted = self._asked(document)
        known = self.find(wanted.out_trade_no)
        if known is None:
            self._check(wanted)
            values = [getattr(wanted, each.name) for each in fields(Medical)]
            sql = f"INSERT INTO gw_alipay_medicals ({_COLUMNS}) VALUES ({_SPACES}) ON CONFLICT DO NOTHING"
            self.tx.run(sql, *values)
            known = self.find(wanted.out_trade_no)
            assert known is not None, "what was just written is there"
        if known.state != WAITING:
            raise business("ACQ.TRADE_HAS_SUCCESS" if known.state == SUCCESS else "ACQ.TRADE_HAS_CLOSE")
        if _facts(known) != _facts(wanted):
            raise business("ACQ.CONTEXT_INCONSISTENT")
        return known

    def find(self, out_trade_no: str) -> Medical | None:
        """Return a payment, locked."""
        return self._one("out_trade_no", out_trade_no)

    def named(self, names: tuple[str | None, str | None]) -> Medical:
        """Return the payment that one of its numbers names."""
        own, theirs = names
        found = self.find(own or "") if theirs is None else self._one("trade_no", theirs)
        if found is None or (theirs is not None and own not in (None, found.out_trade_no)):
            raise business("ACQ.TRADE_NOT_EXIST")
        return found

    def pay(self, medical: Medical) -> Medical:
        """Let the buyer confirm: insurance settles its part, and only then the wallet pays its own."""
        reason = self._settled(medical)
        if reason is not None:
            states = {"state": CLOSED, "medical_state": "FAIL", "own_state": _none(medical.real_fen, "CLOSE")}
            return self._set(medical, states | {"message": reason})
        parts = {"medical_state": _none(_insured(medical), "SUCCESS"), "own_state": _none(medical.real_fen, "SUCCESS")}
        return self._set(medical, {"state": SUCCESS, "paid_us": self.tx.now_us, **parts})

    def refund(self, medical: Medical, document: Mapping[str, Any]) -> Medical:
        """Give all of it back: what insurance has settled is taken back whole."""
        name = asked.text(document, "refund_request_no", 64, needed=True)
        amount = asked.fen(document, "refund_amount")
        if medical.refund_no is not None:
            if (medical.refund_no, medical.total_fen) != (name, amount):
                raise business("ACQ.DISCORDANT_REPEAT_REQUEST")
            return medical
        if medical.state != SUCCESS:
            raise business("ACQ.TRADE_STATUS_ERROR")
        if amount != medical.total_fen:
            raise business("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        return self._back(medical, name)

    def cancel(self, medical: Medical) -> Medical:
        """Undo a payment, whatever became of it."""
        if medical.state == SUCCESS:
            return self._back(medical, f"cancel-{medical.trade_no}")
        if medical.state == WAITING:
            parts = {name: _none(fen, "CLOSE") for name, fen in _parts(medical).items()}
            return self._set(medical, {"state": CLOSED, **parts})
        return medical

    def _back(self, medical: Medical, name: str | None) -> Medical:
        claims = self.sandbox.insurance.claims
        if claims is not None and medical.pay_order_id and claims.find(self.tx, medical.pay_order_id) is not None:
            try:
                claims.undo(self.tx, medical.pay_order_id)
            except Refused as refused:
                raise business("ACQ.REASON_TRADE_STATUS_INVALID", refused.message) from refused
        parts = {part: _none(fen, "REFUND") for part, fen in _parts(medical).items()}
        return self._set(medical, {"state": CLOSED, **parts, "refund_no": name, "refund_us": self.tx.now_us})

    def _settled(self, medical: Medical) -> str | None:
        """Have insurance settle its part; return the reason when it does not."""
        claims = self.sandbox.insurance.claims
        number = medical.pay_order_id
        if claims is None or number is None or claims.find(self.tx, number) is None:
            return None
        try:
            claims.settle(self.tx, number, medical.pay_auth_no or "")
        except Refused as refused:
            return refused.message
        return None

    def _check(self, wanted: Medical) -> None:
        """Refuse what is not the buyer's, or not what insurance would settle; use the consent up."""
        if not users.belongs(self.tx, self.app_id, wanted.buyer_id):
            raise business("ACQ.TRADE_BUYER_NOT_MATCH")
        insurance = self.sandbox.insurance
        claim = insurance.claims and wanted.pay_order_id and insurance.claims.find(self.tx, wanted.pay_order_id)
        figures = (wanted.gov_fen, wanted.account_fen, wanted.other_fen, wanted.real_fen)
        if claim and (not claim.open or figures != (claim.gov_fen, claim.self_fen, claim.other_fen, claim.cash_fen)):
            raise parameter("pay_order_id", "与医保局结算结果不一致")
        consent = insurance.consent(self.tx, wanted.pay_auth_no) if wanted.pay_auth_no else None
        if consent is None:
            return
        if not consent.live or (claim and claim.psn_no != consent.psn_no):
            raise parameter("pay_auth_no", "已失效、已使用，或不属于该参保人")
        insurance.spend(self.tx, wanted.pay_auth_no or "", f"alipay-{self.app_id}-{wanted.out_trade_no}")

    def _asked(self, document: dict[str, Any]) -> Medical:
        gov, account, other, real = (asked.fen(document, name, least=0) for name in _AMOUNTS)
        if asked.fen(document, "total_amount") != gov + account + other + real:
            raise parameter("total_amount", "不等于gov_amount、account_amount、other_amount、real_amount之和")
        buyer = asked.text(document, "alipay_user_id", 28) or asked.text(document, "open_id", 128)
        if buyer is None:
            raise parameter("alipay_user_id", "和open_id不能同时为空")
        echoed = {name: asked.text(document, name, most) for name, most in _ECHOED.items()}
        numbers = [f"{self.tx.next_number('number'):016d}" for _ in range(2)]
        return Medical(
            app_id=self.app_id,
            out_trade_no=asked.trade_no(document),
            trade_no=f"MED{numbers[0]}",
            alipay_trade_no=f"200000022001{numbers[1]}",
            buyer_id=buyer,
            pay_order_id=asked.text(document, "pay_order_id", 64, needed=gov + account + other > 0),
            pay_auth_no=asked.text(document, "pay_auth_no", 64),
            notify_url=asked.url(document, "result_notify_url"),
            echoed=json.dumps({name: value for name, value in echoed.items() if value}, ensure_ascii=False),
            gov_fen=gov,
            account_fen=account,
            other_fen=other,
            real_fen=real,
            state=WAITING,
            medical_state=_none(gov + account + other, "INIT"),
            own_state=_none(real, "INIT"),
            message=None,
            expires_us=asked.expiry(document, self.sandbox, self.tx.now_us, "gmt_time_expire"),
            created_us=self.tx.now_us,
            paid_us=None,
            refund_no=None,
            refund_us=None,
        )

    def _one(self, column: str, value: str) -> Medical | None:
        sql = f"SELECT {_COLUMNS} FROM gw_alipay_medicals WHERE app_id = ? AND {column} = ?{self.tx.for_update}"
        row = self.tx.one(sql, self.app_id, value)
        return None if row is None else Medical(*row)

    def _set(self, medical: Medical, values: Mapping[str, object]) -> Medical:
        sets = ", ".join(f"{name} = ?" for name in values)
        sql = f"UPDATE gw_alipay_medicals SET {sets} WHERE app_id = ? AND out_trade_no = ?"
        self.tx.run(sql, *values.values(), self.app_id, medical.out_trade_no)
        changed = self.find(medical.out_trade_no)
        assert changed is not None, "what was just changed is there"
        return changed


def numbers(medical: Medical) -> dict[str, Any]:
    """Return the names of a payment."""
    told = {name: getattr(medical, name) for name in ("out_trade_no", "trade_no", "alipay_trade_no")}
    return told | ({} if medical.pay_order_id is None else {"pay_order_id": medical.pay_order_id})


def shown(medical: Medical, sandbox: Sandbox) -> dict[str, Any]:
    """Return the answer to a query, which is also what is notified."""
    told: dict[str, Any] = {
        **json.loads(medical.echoed),
        **numbers(medical),
        "trade_status": medical.state,
        "medical_pay_status": medical.medical_state,
        "own_pay_status": medical.own_state,
        "total_amount": yuan(medical.total_fen),
        "gov_amount": yuan(medical.gov_fen),
        "account_amount": yuan(medical.account_fen),
        "other_amount": yuan(medical.other_fen),
        "real_amount": yuan(medical.real_fen),
    }
    if medical.paid_us is not None:
        for part, state in (("medical", medical.medical_state), ("own", medical.own_state)):
            told |= {} if state == "NONE" else {f"gmt_{part}_paid": clocked(sandbox, medical.paid_us)}
    if medical.refund_us is not None:
        told |= {"gmt_refund": clocked(sandbox, medical.refund_us), "refund_amount": yuan(medical.total_fen)}
    return told | ({} if medical.message is None else {"medical_pay_msg": medical.message})


def refunded(medical: Medical, sandbox: Sandbox) -> dict[str, Any]:
    """Return the answer to a refund, or to a query for one."""
    if medical.refund_us is None:
        return numbers(medical)
    return {
        **numbers(medical),
        "refund_request_no": medical.refund_no,
        "refund_status": "REFUND_SUCCESS",
        "refund_amount": yuan(medical.total_fen),
        "refund_time": clocked(sandbox, medical.refund_us),
    }


def cancelled(medical: Medical) -> dict[str, Any]:
    """Return the answer to a cancellation: of the whole, of insurance, of the cash."""
    results = {
        "trade_cancel_result": "SUCCESS",
        "medical_pay_cancel_result": _none(_insured(medical), "SUCCESS"),
        "own_pay_cancel_result": _none(medical.real_fen, "SUCCESS"),
    }
    return {**numbers(medical), **results}


def _facts(medical: Medical) -> tuple[object, ...]:
    amounts = (medical.gov_fen, medical.account_fen, medical.other_fen, medical.real_fen)
    return (*amounts, medical.pay_order_id, medical.pay_auth_no, medical.buyer_id)


def _insured(medical: Medical) -> int:
    return medical.total_fen - medical.real_fen


def _parts(medical: Medical) -> dict[str, int]:
    return {"medical_state": _insured(medical), "own_state": medical.real_fen}


def _none(fen: int, state: str) -> str:
    """Return a part's state; one of nothing has none."""
    return state if fen else "NONE"
