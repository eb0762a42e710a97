"""Notifications: a form, signed when written, taken only by the word `success`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, urlencode

from yibaobox_mocks import lots
from yibaobox_mocks.alipay import shown, signing, trades
from yibaobox_mocks.alipay.medical import Medical
from yibaobox_mocks.alipay.medical import shown as told_of_medical
from yibaobox_mocks.alipay.refunds import Refund
from yibaobox_mocks.alipay.trades import Trade
from yibaobox_mocks.ports import Event, Sandbox, Telling
from yibaobox_mocks.written import clocked, yuan

TOPIC: Final = "alipay"
# 4m/10m/10m/1h/2h/6h/15h after the first attempt: eight in a little more than a day.
SCHEDULE: Final = (240, 600, 600, 3600, 7200, 21600, 54000)
FIRST_S: Final = 30
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
_ONCE: Final = frozenset({trades.SUCCESS})
_TOLD: Final[Mapping[str, frozenset[str]]] = {
    "app": frozenset({trades.SUCCESS, trades.CLOSED, trades.FINISHED}),
    "wap": frozenset({trades.SUCCESS, trades.CLOSED}),
}


def taken(status: int, body: bytes) -> bool:
    """Tell whether a receiver took a notification: nothing but this word says so."""
    return status == 200 and body == b"success"  # noqa: PLR2004 - OK


def forge(headers: Mapping[str, str], body: str) -> tuple[dict[str, str], str]:
    """Return headers and body of a notification whose signature has the right form and does not hold."""
    return dict(headers), urlencode(dict(parse_qsl(body)) | {"sign": lots.word(342) + "=="})


class Teller:
    """Writes what applications are told."""

    def __init__(self, sandbox: Sandbox, keys: Mapping[str, str]) -> None:
        self._sandbox = sandbox
        self._keys = keys

    def of_state(self, trade: Trade) -> Iterator[Event]:
        """Yield the notification of a trade's new state, where its product has one."""
        if trade.notify_url is not None and trade.state in _TOLD.get(trade.product, _ONCE):
            yield self._event(trade, trade.state, {})

    def of_payment(self, trade: Trade, telling: Telling) -> Iterator[Event]:
        """Yield what is told of a payment, in the order in which it goes out.

        Whoever causes it makes the first attempt at once; the delay is for the case that they die before it.
        """
        if trade.notify_url is None:
            return
        sent = replace(self._event(trade, trade.state, {}), delay=FIRST_S)
        if telling.forged:
            raw = self._event(trade, trade.state, {"sign": lots.word(342) + "=="})
            yield replace(raw, topic=f"{sent.topic}:forged", schedule=(), delay=FIRST_S)
        if telling.off_by_fen:
            wrong = replace(trade, total_fen=trade.total_fen + telling.off_by_fen)
            yield replace(self._event(wrong, trade.state, {}), topic=f"{sent.topic}:amount", schedule=(), delay=FIRST_S)
        for number in range(telling.copies):
            # One that is sent again counts its own attempts: the same body under a topic of its own.
            topic = sent.topic if number == 0 else f"{sent.topic}:copy{number}"
            yield replace(sent, topic=topic, delay=telling.wait_s or FIRST_S)

    def of_refund(self, trade: Trade, refund: Refund) -> Iterator[Event]:
        """Yield the notification of a refund: it goes where the payment's went."""
        if trade.notify_url is not None:
            told = {
                "refund_fee": yuan(trade.refunded_fen),
                "gmt_refund": f"{clocked(self._sandbox, refund.done_us)}.000",
                "out_biz_no": refund.out_request_no,
            }
            sent = self._event(trade, f"refund {refund.out_request_no}", told)
            # A topic of its own: it does not wait for the payment's to be taken.
            yield replace(sent, topic=f"{sent.topic}:{refund.out_request_no}")

    def of_medical(self, medical: Medical) -> Iterator[Event]:
        """Yield the notification of a payment by insurance and cash."""
        if medical.notify_url is not None:
            told = {name: str(value) for name, value in told_of_medical(medical, self._sandbox).items()}
            yield self._form((medical.out_trade_no, medical.notify_url), medical.state, told)

    def _event(self, trade: Trade, cause: str, more: Mapping[str, str]) -> Event:
        told = shown.notified(trade, self._sandbox) | dict(more)
        return self._form((trade.out_trade_no, trade.notify_url or ""), cause, told)

    def _form(self, where: tuple[str, str], cause: str, told: Mapping[str, str]) -> Event:
        forged, (name, url) = told.get("sign"), where
        parameters = self._common() | dict(told)
        parameters |= {"sign_type": "RSA2", "sign": forged or signing.notified(parameters, self._keys)}
        return Event(
            topic=f"{TOPIC}:{name}",
            cause=f"alipay {name} {cause}",
            url=url,
            headers={"Content-Type": _FORM, "User-Agent": "Mozilla/4.0"},
            body=urlencode(parameters),
            schedule=SCHEDULE,
        )

    def _common(self) -> dict[str, str]:
        app_id = self._keys["app_id"]
        return {
            "notify_time": clocked(self._sandbox, self._sandbox.wall_us()),
            "notify_type": "trade_status_sync",
            "notify_id": lots.digits(34),
            "app_id": app_id,
            "auth_app_id": app_id,
            "seller_id": seller(app_id),
            "charset": "utf-8",
            "version": "1.0",
        }


def seller(app_id: str) -> str:
    """Return the account that an application's money goes to."""
    return f"2088{app_id[-12:]}"
