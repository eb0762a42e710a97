"""Mixed orders as the gateway keeps them: CREATED → SUCCESS | FAIL, → REFUND once both sides have gone back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from yibaobox_mocks.ports import Sandbox, Tx
from yibaobox_mocks.wechatpay.errors import WechatError
from yibaobox_mocks.wechatpay.med_ins.asked import CASH, INSURANCE, AskedMix

_COLUMNS: Final = (
    "mchid, out_trade_no, mix_trade_no, openid, kind, document, callback_url, pay_order_id, pay_auth_no, prepay_id,"
    " state, self_state, insurance_state, fail_reason, created_us, paid_us"
)
_SELF: Final = {"NONE": "NO_SELF_PAY"}
_INSURANCE: Final = {"NONE": "NO_MED_INS_PAY"}


@dataclass(frozen=True, slots=True)
class Mix:
    """A mixed order; `document` is the request as it is told again."""

    mchid: str
    out_trade_no: str
    mix_trade_no: str
    openid: str
    kind: str
    document: str
    callback_url: str
    pay_order_id: str | None
    pay_auth_no: str | None
    prepay_id: str | None
    state: str
    self_state: str
    insurance_state: str
    fail_reason: str | None
    created_us: int
    paid_us: int | None

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked."""
        found: dict[str, Any] = json.loads(self.document)
        return found


def create(tx: Tx, mchid: str, asked: AskedMix) -> Mix:
    """Write a mixed order down; its number is used once and for all."""
    mix_trade_no = f"{tx.next_number('number'):028d}"
    made = tx.run(
        f"INSERT INTO gw_wechat_mixes ({_COLUMNS})"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'CREATED', ?, ?, NULL, ?, NULL) ON CONFLICT DO NOTHING",
        *(mchid, asked.out_trade_no, mix_trade_no, asked.openid, asked.kind),
        *(json.dumps(asked.shown, ensure_ascii=False), asked.callback_url),
        *(asked.pay_order_id, asked.pay_auth_no, asked.prepay_id),
        *("NONE" if asked.kind == INSURANCE else "CREATED", "NONE" if asked.kind == CASH else "CREATED", tx.now_us),
    )
    if not made:
        raise WechatError(400, "ALREADY_EXISTS", "订单已存在", number=268512536)
    return _there(find(tx, mchid, asked.out_trade_no))


def find(tx: Tx, mchid: str, out_trade_no: str) -> Mix | None:
    """Return a mixed order by the merchant's number, locked where the database has several writers, or nothing."""
    return _one(tx, "out_trade_no", mchid, out_trade_no)


def find_mix(tx: Tx, mchid: str, mix_trade_no: str) -> Mix | None:
    """Return a mixed order by the gateway's number, or nothing."""
    return _one(tx, "mix_trade_no", mchid, mix_trade_no)


def finish(tx: Tx, mix: Mix, self_state: str, insurance_state: str, reason: str | None = None) -> Mix:
    """Write down what came of both sides; the whole succeeds when neither failed."""
    failed = "FAIL" in (self_state, insurance_state)
    tx.run(
        "UPDATE gw_wechat_mixes SET state = ?, self_state = ?, insurance_state = ?, fail_reason = ?, paid_us = ?"
        " WHERE mchid = ? AND out_trade_no = ?",
        *("FAIL" if failed else "SUCCESS", self_state, insurance_state, reason, None if failed else tx.now_us),
        *(mix.mchid, mix.out_trade_no),
    )
    return _there(find(tx, mix.mchid, mix.out_trade_no))


def insurance_back(tx: Tx, mix: Mix) -> None:
    """Write down that insurance has its share back."""
    tx.run(
        "UPDATE gw_wechat_mixes SET insurance_state = 'REFUND' WHERE mchid = ? AND out_trade_no = ?",
        *(mix.mchid, mix.out_trade_no),
    )


def shown(tx: Tx, mix: Mix, sandbox: Sandbox) -> dict[str, Any]:
    """Return a mixed order as it is told; the numbers of the payment in it never are."""
    own = "REFUND" if mix.self_state == "SUCCESS" and _cash_is_back(tx, mix) else mix.self_state
    gone = {own, mix.insurance_state} <= {"REFUND", "NONE"} and "REFUND" in (own, mix.insurance_state)
    told: dict[str, Any] = {
        "mix_trade_no": mix.mix_trade_no,
        "mix_pay_status": f"MIX_PAY_{'REFUND' if gone else mix.state}",
        "self_pay_status": _SELF.get(own, f"SELF_PAY_{own}"),
        "med_ins_pay_status": _INSURANCE.get(mix.insurance_state, f"MED_INS_PAY_{mix.insurance_state}"),
        **mix.asked,
    }
    if mix.paid_us is not None:
        told["paid_time"] = sandbox.rfc3339(mix.paid_us)
    if mix.insurance_state in ("SUCCESS", "REFUND"):
        passed = {"payAuthNo": mix.pay_auth_no, "payOrdId": mix.pay_order_id, "setlLatlnt": mix.asked["geo_location"]}
        told["passthrough_response_content"] = json.dumps(passed, ensure_ascii=False)
    if mix.fail_reason is not None:
        told["med_ins_fail_reason"] = mix.fail_reason
    return told


def check_close(tx: Tx, mchid: str, out_trade_no: str) -> None:
    """Refuse to close the cash order of a mixed one that the payer has confirmed by the password already."""
    mix = find(tx, mchid, out_trade_no)
    if mix is not None and mix.insurance_state == "SUCCESS" and mix.state == "FAIL":
        raise WechatError(400, "RULE_LIMIT", "已完成验密，不允许关单", number=268560650)


def _one(tx: Tx, column: str, mchid: str, name: str) -> Mix | None:
    if not name.isprintable():
        return None  # no database has such a name in it
    sql = f"SELECT {_COLUMNS} FROM gw_wechat_mixes WHERE mchid = ? AND {column} = ?{tx.for_update}"
    row = tx.one(sql, mchid, name)
    return None if row is None else Mix(*row)


def _cash_is_back(tx: Tx, mix: Mix) -> bool:
    row = tx.one(
        "SELECT coalesce(sum(amount_fen), 0) FROM gw_wechat_refunds"
        " WHERE mchid = ? AND out_trade_no = ? AND state = 'SUCCESS'",
        *(mix.mchid, mix.out_trade_no),
    )
    assert row is not None, "an aggregate has a row"
    return bool(row[0] >= mix.asked["wechat_pay_cash_fee"])


def _there(mix: Mix | None) -> Mix:
    assert mix is not None, "what was just written is there"
    return mix
