"""What an application may ask of the gateway, by method: each answers with the content of its reply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox_mocks.alipay import asked, bills, magic, medical, oauth, refunds, shown, trades, users
from yibaobox_mocks.alipay.errors import SAID, AlipayError, business
from yibaobox_mocks.alipay.notify import Teller
from yibaobox_mocks.alipay.trades import Trade
from yibaobox_mocks.ports import Sandbox, Tx
from yibaobox_mocks.written import yuan

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counter:
    """Where one request is served: its transaction, the application's keys and parameters, where it came in."""

    tx: Tx
    sandbox: Sandbox
    keys: Mapping[str, str]
    parameters: Mapping[str, str]
    base: str

    @property
    def app_id(self) -> str:
        """The application."""
        return self.keys["app_id"]

    @property
    def document(self) -> dict[str, Any]:
        """The request's content."""
        return asked.document_of(self.parameters)

    def create(self) -> Answer:
        """Create a trade for a buyer who is known."""
        wanted = asked.trade("create", self.parameters, self.sandbox, self.tx.now_us)
        return shown.numbers(trades.create(self.tx, self.sandbox, self.app_id, wanted))

    def precreate(self) -> Answer:
        """Offer a trade by a code to scan."""
        wanted = asked.trade("precreate", self.parameters, self.sandbox, self.tx.now_us)
        made = trades.offer(self.tx, self.app_id, wanted)
        if made.qr is None:
            raise business("ACQ.CONTEXT_INCONSISTENT")
        return {"out_trade_no": made.out_trade_no, "qr_code": made.qr}

    def pay(self) -> Answer:
        """Take the money of whoever shows a code at a till."""
        wanted = asked.trade("pay", self.parameters, self.sandbox, self.tx.now_us)
        code = asked.text(self.document, "auth_code", 64, needed=True) or ""
        trade = trades.find(self.tx, self.app_id, wanted.out_trade_no)
        buyer_id = users.at_till(self.tx, self.app_id, code)
        if buyer_id is None:
            raise business("ACQ.PAYMENT_AUTH_CODE_INVALID")
        if trade is None or trade.state != trades.WAITING:
            trade = trades.create(self.tx, self.sandbox, self.app_id, wanted)
        trades.check_again(trade, wanted)
        return self._at_till(trade, buyer_id)

    def _at_till(self, trade: Trade, buyer_id: str) -> Answer:
        if not users.belongs(self.tx, self.app_id, buyer_id):
            raise business("ACQ.TRADE_BUYER_NOT_MATCH")
        temper = magic.of(buyer_id)
        if temper.outcome == "poor":
            return _kept(business("ACQ.BUYER_BALANCE_NOT_ENOUGH"), trade)
        if temper.outcome != "success":
            return _kept(business("ACQ.PAYMENT_FAIL"), trade)
        if temper.slow_s:
            due_us = self.tx.now_us + temper.slow_s * 1_000_000
            facts = {"app_id": self.app_id, "out_trade_no": trade.out_trade_no, "pays": buyer_id}
            self.sandbox.remind(self.tx, trades.JOB, facts, due_us)
            return {"code": "10003", "msg": SAID["10003"], **shown.numbers(trade)}
        paid = trades.pay(self.tx, self.sandbox, trade, buyer_id)
        for event in Teller(self.sandbox, self.keys).of_payment(paid, temper.telling):
            self.sandbox.stage(self.tx, event)
        return shown.paid(paid, self.sandbox)

    def query(self) -> Answer:
        """Tell what became of a trade."""
        return shown.query(self._named(), self.sandbox)

    def close(self) -> Answer:
        """Close a trade that is not paid."""
        trade = self._named()
        if trade.state != trades.WAITING:
            raise business("ACQ.REASON_TRADE_STATUS_INVALID")
        self._tell(trades.close(self.tx, trade))
        return shown.numbers(trade)

    def cancel(self) -> Answer:
        """Undo a trade, whatever became of it: close it, or send back what was paid; nothing where there is none."""
        own, theirs = asked.names(self.document)
        offered = trades.find(self.tx, self.app_id, own) if own is not None and theirs is None else None
        if offered is not None and offered.state == trades.OFFERED:
            trades.forget(self.tx, offered)
            return {"out_trade_no": own, "retry_flag": "N"}
        try:
            trade = trades.named(self.tx, self.app_id, (own, theirs))
        except AlipayError:
            return {"out_trade_no": own, "trade_no": theirs, "retry_flag": "N"}
        told = {**shown.numbers(trade), "retry_flag": "N"}
        if trade.state == trades.WAITING:
            self._tell(trades.close(self.tx, trade))
            return told | {"action": "close"}
        if trade.state == trades.FINISHED:
            raise business("ACQ.REASON_TRADE_STATUS_INVALID")
        if trade.state == trades.SUCCESS:
            rest = {"refund_amount": yuan(trade.total_fen - trade.refunded_fen)}
            refunds.make(self.tx, trade, rest | {"out_request_no": f"cancel-{trade.trade_no}"})
        return told | {"action": "refund" if trade.paid_us is not None else "close"}

    def refund(self) -> Answer:
        """Send money back."""
        trade, made, moved = refunds.make(self.tx, self._named(), self.document)
        if moved:
            for event in Teller(self.sandbox, self.keys).of_refund(trade, made):
                self.sandbox.stage(self.tx, event)
        return shown.refunded(trade, made, self.sandbox, moved=moved)

    def query_refund(self) -> Answer:
        """Tell what became of a refund; of one that is not there nothing is told."""
        name = asked.text(self.document, "out_request_no", 64, needed=True) or ""
        trade = self._named()
        found = refunds.find(self.tx, trade, name)
        return {} if found is None else shown.found_refund(trade, found, self.sandbox)

    def bill(self) -> Answer:
        """Say where a day's bill is fetched."""
        kind = asked.text(self.document, "bill_type", 20, needed=True) or ""
        day = asked.text(self.document, "bill_date", 10, needed=True) or ""
        return bills.offered(self.tx, self.sandbox, self.keys, bills.Wanted(self.base, kind, day))

    def token(self) -> Answer:
        """Tell who logged in."""
        return oauth.token(self.tx, self.app_id, self.parameters)

    def medical_create(self) -> Answer:
        """Take a payment by insurance and cash."""
        made = self._medical.create(self.parameters)
        return {**medical.numbers(made), "pay_url": f"{medical.URL}{made.trade_no}"}

    def medical_query(self) -> Answer:
        """Tell what became of such a payment."""
        return medical.shown(self._medical.named(asked.names(self.document)), self.sandbox)

    def medical_refund(self) -> Answer:
        """Give such a payment back."""
        desk = self._medical
        return medical.refunded(desk.refund(desk.named(asked.names(self.document)), self.document), self.sandbox)

    def medical_refund_query(self) -> Answer:
        """Tell what became of a refund of such a payment."""
        return medical.refunded(self._medical.named(asked.names(self.document)), self.sandbox)

    def medical_cancel(self) -> Answer:
        """Undo such a payment."""
        desk = self._medical
        return medical.cancelled(desk.cancel(desk.named(asked.names(self.document))))

    @property
    def _medical(self) -> medical.Desk:
        return medical.Desk(self.tx, self.sandbox, self.app_id)

    def _named(self) -> Trade:
        return trades.named(self.tx, self.app_id, asked.names(self.document))

    def _tell(self, trade: Trade) -> None:
        for event in Teller(self.sandbox, self.keys).of_state(trade):
            self.sandbox.stage(self.tx, event)


METHODS: Final[Mapping[str, Callable[[Counter], Answer]]] = {
    "alipay.trade.create": Counter.create,
    "alipay.trade.precreate": Counter.precreate,
    "alipay.trade.pay": Counter.pay,
    "alipay.trade.query": Counter.query,
    "alipay.trade.cancel": Counter.cancel,
    "alipay.trade.close": Counter.close,
    "alipay.trade.refund": Counter.refund,
    "alipay.trade.fastpay.refund.query": Counter.query_refund,
    "alipay.data.dataservice.bill.downloadurl.query": Counter.bill,
    "alipay.system.oauth.token": Counter.token,
    "alipay.commerce.medical.trade.createandpay": Counter.medical_create,
    "alipay.commerce.medical.trade.query": Counter.medical_query,
    "alipay.commerce.medical.trade.refund": Counter.medical_refund,
    "alipay.commerce.medical.trade.refund.query": Counter.medical_refund_query,
    "alipay.commerce.medical.trade.cancel": Counter.medical_cancel,
}
READS: Final = frozenset(
    {
        "alipay.trade.query",
        "alipay.trade.fastpay.refund.query",
        "alipay.data.dataservice.bill.downloadurl.query",
    }
)
PLAIN: Final = frozenset({"alipay.system.oauth.token"})  # answers without code and msg, errors under error_response


def offered(counter: Counter, product: asked.Product) -> Trade:
    """Offer a trade by a page or by an app's string."""
    wanted = asked.trade(product, counter.parameters, counter.sandbox, counter.tx.now_us)
    return trades.offer(counter.tx, counter.app_id, wanted)


def _kept(refused: AlipayError, trade: Trade) -> Answer:
    """Return a refusal that leaves the trade behind, waiting for another try."""
    return {**refused.document, **shown.numbers(trade)}
