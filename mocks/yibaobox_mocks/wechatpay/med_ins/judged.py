"""A mixed order held against the world: the cash order, the payer, the consent, the figures of insurance."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from yibaobox_mocks.ports import Claim, Holder, Insurance, Tx
from yibaobox_mocks.wechat_login import users
from yibaobox_mocks.wechatpay import orders, prepays
from yibaobox_mocks.wechatpay.errors import WechatError, parameter
from yibaobox_mocks.wechatpay.med_ins.asked import CASH, AskedMix, Named


@dataclass(frozen=True, slots=True)
class Judge:
    """Looks at a mixed order before it is taken."""

    tx: Tx
    insurance: Insurance
    mchid: str

    def check(self, asked: AskedMix) -> None:
        """Refuse what does not fit together; use the consent up."""
        if not users.belongs(self.tx, asked.appid, asked.openid):
            raise WechatError(400, "PARAM_ERROR", "请确认openid是否正确", number=268510603)
        if asked.prepay_id is not None:
            self._check_cash(asked, asked.prepay_id)
        if asked.kind == CASH:
            return
        self._check_payer(asked)
        patient = asked.relative or asked.payer
        self._check_claim(asked, patient)
        self._spend(asked, patient)

    def _check_cash(self, asked: AskedMix, prepay_id: str) -> None:
        found = prepays.find(self.tx, prepay_id)
        order = None if found is None else orders.find(self.tx, self.mchid, found.out_trade_no)
        if order is None or order.out_trade_no != asked.out_trade_no or order.trade_type != "JSAPI":
            raise parameter("/prepay_id", "自费预下单与医保订单的商户订单号不一致", prepay_id)
        if order.state != "NOTPAY" or order.openid != asked.openid:
            raise parameter("/prepay_id", "自费预下单已支付、已关闭，或付款人不一致", prepay_id)
        if order.total_fen != asked.fees["wechat_pay_cash_fee"]:
            raise WechatError(400, "RULE_LIMIT", "混合单金额不正确", number=268529481)

    def _check_payer(self, asked: AskedMix) -> None:
        """Compare the names with those of the credential, where it is known whose openid it is."""
        psn_no = users.person(self.tx, asked.openid)
        holder = None if psn_no is None else self.insurance.holder(self.tx, psn_no)
        if holder is None:
            return
        if not holder.active:
            raise _user("微信号未绑定医保电子凭证", 268545963)
        if not _is(holder, asked.payer):
            raise _user("入参个人身份ID摘要和医保电子凭证绑卡身份ID摘要不匹配", 268545961)
        if holder.name != asked.payer.name:
            raise _user("入参用户姓名和医保电子凭证绑卡姓名不匹配", 268545962)
        if asked.relative is not None:
            relatives = self.insurance.relatives(self.tx, holder.psn_no)
            if not any(_is(each, asked.relative) and each.name == asked.relative.name for each in relatives):
                raise _user("亲属关系不存在，请传入有效亲属关系后重试", 268545964)

    def _check_claim(self, asked: AskedMix, patient: Named) -> None:
        claim = self._claim(asked.pay_order_id or "")
        if claim is None:
            return
        holder = self.insurance.holder(self.tx, claim.psn_no)
        figures = (claim.gov_fen, claim.self_fen, claim.other_fen, claim.cash_fen)
        fees = ("med_ins_gov_fee", "med_ins_self_fee", "med_ins_other_fee", "med_ins_cash_fee")
        fits = claim.open and holder is not None and _is(holder, patient)
        if not fits or figures != tuple(asked.fees[name] for name in fees):
            message = "医保局结算校验失败，请确认医保相关的字段是否正确"
            raise WechatError(400, "RULE_LIMIT", message, number=268510610)

    def _claim(self, pay_order_id: str) -> Claim | None:
        claims = self.insurance.claims
        return None if claims is None else claims.find(self.tx, pay_order_id)

    def _spend(self, asked: AskedMix, patient: Named) -> None:
        number = asked.pay_auth_no or ""
        consent = self.insurance.consent(self.tx, number)
        if consent is None:
            return
        holder = self.insurance.holder(self.tx, consent.psn_no)
        if not consent.live or holder is None or not _is(holder, patient):
            raise WechatError(400, "RULE_LIMIT", "PAY_AUTH_NO校验失败，请确认无误后重试", number=268547120)
        self.insurance.spend(self.tx, number, f"wechat-{self.mchid}-{asked.out_trade_no}")


def digest(id_no: str) -> str:
    """Return the digest of an ID number: MD5 of it in capital letters, in small hexadecimal digits."""
    return hashlib.md5(id_no.upper().encode(), usedforsecurity=False).hexdigest()


def _is(holder: Holder, named: Named) -> bool:
    return digest(holder.id_no) == named.id_digest


def _user(message: str, number: int) -> WechatError:
    return WechatError(400, "RULE_LIMIT", message, number=number)
