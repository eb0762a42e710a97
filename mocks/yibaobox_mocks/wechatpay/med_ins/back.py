"""Insurance took its share back, says the merchant (医保退款通知); the cash goes back by an ordinary refund."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox_mocks.ports import Sandbox, Tx
from yibaobox_mocks.wechatpay import body
from yibaobox_mocks.wechatpay.errors import WechatError, parameter
from yibaobox_mocks.wechatpay.med_ins import mixes
from yibaobox_mocks.wechatpay.med_ins.mixes import Mix

_SHARES: Final = ("gov", "self", "other")


@dataclass(frozen=True, slots=True)
class Told:
    """What went back, in fen."""

    out_refund_no: str
    total_fen: int
    gov_fen: int
    self_fen: int
    other_fen: int


def read(document: Mapping[str, Any], sandbox: Sandbox) -> Told:
    """Read a notice; the vendor's documents write the shares with one underscore and with two."""
    name = body.text(document, "out_refund_no", 64, needed=True) or ""
    when = body.text(document, "refund_time", 64, needed=True) or ""
    try:
        sandbox.instant_us(when)
    except ValueError:
        raise parameter("/refund_time", "refund_time须为RFC 3339格式", when) from None
    figures = [_fen(document, f"med_refund_{share}_fee", f"med_refund__{share}_fee") for share in _SHARES]
    told = Told(name, _fen(document, "med_refund_total_fee"), *figures)
    if told.total_fen != sum(figures) or told.total_fen < 1:
        raise WechatError(400, "RULE_LIMIT", "医保退款总金额与各项之和不符", number=268529477)
    return told


def take(tx: Tx, mix: Mix, told: Told) -> None:
    """Take note of it once; of a share no more goes back than insurance paid."""
    known = tx.one(
        "SELECT total_fen, gov_fen, self_fen, other_fen FROM gw_wechat_mix_refunds"
        " WHERE mix_trade_no = ? AND out_refund_no = ?",
        *(mix.mix_trade_no, told.out_refund_no),
    )
    if known is not None:
        if known != (told.total_fen, told.gov_fen, told.self_fen, told.other_fen):
            raise WechatError(400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", number=268498688)
        return
    if mix.insurance_state != "SUCCESS":
        raise WechatError(400, "INVALID_REQUEST", "当前订单状态不允许冲正", number=268554200)
    before = _before(tx, mix)
    after = [was + now for was, now in zip(before, (told.gov_fen, told.self_fen, told.other_fen), strict=True)]
    paid = [mix.asked[f"med_ins_{share}_fee"] for share in _SHARES]
    if any(back > most for back, most in zip(after, paid, strict=True)):
        raise WechatError(400, "RULE_LIMIT", "医保退款金额大于医保支付金额", number=268554422)
    tx.run(
        "INSERT INTO gw_wechat_mix_refunds (mix_trade_no, out_refund_no, total_fen, gov_fen, self_fen, other_fen,"
        " created_us) VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(mix.mix_trade_no, told.out_refund_no, told.total_fen, told.gov_fen, told.self_fen, told.other_fen, tx.now_us),
    )
    if after == paid:
        mixes.insurance_back(tx, mix)


def _before(tx: Tx, mix: Mix) -> tuple[int, ...]:
    row = tx.one(
        "SELECT coalesce(sum(gov_fen), 0), coalesce(sum(self_fen), 0), coalesce(sum(other_fen), 0)"
        " FROM gw_wechat_mix_refunds WHERE mix_trade_no = ?",
        mix.mix_trade_no,
    )
    assert row is not None, "an aggregate has a row"
    return tuple(int(figure) for figure in row)


def _fen(document: Mapping[str, Any], *names: str) -> int:
    value = next((document[name] for name in names if name in document), None)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**11:
        raise parameter(f"/{names[0]}", f"{names[0]}须为整数，单位为分", value)
    return value
