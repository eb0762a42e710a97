"""The paths of the channels, below /bank/v1, /campus/v1 and /kiosk/v1."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import flask
import marshmallow as ma

from yibaobox_mocks.channels import accounts, files, refunds, schemas, signing
from yibaobox_mocks.channels.debits import SAID, Debit, Desk
from yibaobox_mocks.channels.errors import ChannelError
from yibaobox_mocks.channels.parties import CHANNELS
from yibaobox_mocks.channels.party import Party
from yibaobox_mocks.ports import Sandbox, World

Reply = dict[str, Any] | str
_DAY: Final = re.compile(r"[1-9]\d{3}-\d\d-\d\d", re.ASCII)


class Lost(Exception):
    """It is done, and nobody is told."""


class Counter:
    """Where merchants call one channel."""

    def __init__(self, sandbox: Sandbox, party: Party) -> None:
        self._sandbox = sandbox
        self._party = party

    def debit(self) -> flask.Response:
        """Debit an account."""
        return self._answered(self._debit)

    def query(self, tax_org_code: str, entrust_date: str, tra_no: str) -> flask.Response:
        """Show a debit by its key."""
        return self._answered(lambda world: self._query(world, (tax_org_code, entrust_date, tra_no)))

    def reverse(self) -> flask.Response:
        """Take a debit back."""
        return self._answered(self._reverse)

    def refund(self) -> flask.Response:
        """Send money back."""
        return self._answered(self._refund)

    def query_refund(self, refund_no: str) -> flask.Response:
        """Show a refund."""
        return self._answered(lambda world: self._query_refund(world, refund_no))

    def bill(self, entrust_date: str) -> flask.Response:
        """Hand the file of a day over."""
        return self._answered(lambda world: self._bill(world, entrust_date))

    def load(self) -> flask.Response:
        """Load a card from a bank account."""
        return self._answered(self._load)

    def _debit(self, world: World) -> Reply:
        asked = _read(schemas.DebitAsked())
        self._check(asked)
        with world.write() as tx:
            debit = Desk(self._party, tx, self._sandbox).make(asked)
        if accounts.temper(self._party, debit.account_no).lost and debit.state == "SUCCESS":
            raise Lost
        return self._shown(debit)

    def _query(self, world: World, key: tuple[str, str, str]) -> Reply:
        with world.read() as tx:
            found = Desk(self._party, tx, self._sandbox).find(key) if all(part.isprintable() for part in key) else None
        if found is None:
            raise ChannelError("NOT_FOUND", "没有这笔扣款")
        return self._shown(found)

    def _reverse(self, world: World) -> Reply:
        asked = _read(schemas.ReversalAsked())
        _check_day(self._sandbox, asked["entrust_date"])
        with world.write() as tx:
            return self._shown(Desk(self._party, tx, self._sandbox).reverse(asked))

    def _refund(self, world: World) -> Reply:
        asked = _read(schemas.RefundAsked())
        with world.write() as tx:
            return self._refunded(refunds.make(Desk(self._party, tx, self._sandbox), asked))

    def _query_refund(self, world: World, refund_no: str) -> Reply:
        with world.read() as tx:
            desk = Desk(self._party, tx, self._sandbox)
            found = refunds.find(desk, refund_no) if refund_no.isprintable() else None
        if found is None:
            raise ChannelError("NOT_FOUND", "没有这笔退款")
        return self._refunded(found)

    def _bill(self, world: World, entrust_date: str) -> Reply:
        _check_day(self._sandbox, entrust_date)
        with world.read() as tx:
            return files.text(Desk(self._party, tx, self._sandbox), entrust_date)

    def _load(self, world: World) -> Reply:
        asked = _read(schemas.LoadAsked())
        with world.write() as tx:
            card = accounts.find(tx, self._party, asked["account_no"])
            reason = accounts.why_not(card, holder=None, password=asked["password"])
            if reason is None:
                facts = (asked["account_no"], asked["amount_fen"], asked["bank_account_no"])
                reason = accounts.transfer(tx, self._party, *facts)
            if reason is not None:
                raise ChannelError("BAD_REQUEST", SAID[reason])
            after = accounts.find(tx, self._party, asked["account_no"])
        assert after is not None, "it was found before"
        return {"account_no": after.account_no, "balance_fen": after.balance_fen}

    def _check(self, asked: Mapping[str, Any]) -> None:
        _check_day(self._sandbox, asked["entrust_date"])
        if not self._party.number.fullmatch(asked["account_no"]):
            raise ChannelError("BAD_REQUEST", "account_no格式不正确")
        for name, needed in (("password", self._party.secret), ("terminal", self._party.terminal)):
            if (name in asked) != needed:
                raise ChannelError("BAD_REQUEST", f"{self._party.title}{'须' if needed else '不'}传{name}")

    def _shown(self, debit: Debit) -> dict[str, Any]:
        return {
            "channel": debit.channel,
            "tax_org_code": debit.tax_org_code,
            "entrust_date": debit.entrust_date,
            "tra_no": debit.tra_no,
            "channel_txn": debit.channel_txn,
            "amount_fen": debit.amount_fen,
            "state": debit.state,
            "reason": debit.reason,
            "message": None if debit.reason is None else SAID[debit.reason],
            "at": None if debit.done_us is None else self._sandbox.rfc3339(debit.done_us),
        }

    def _refunded(self, refund: refunds.Refund) -> dict[str, Any]:
        return {
            "channel": refund.channel,
            "refund_no": refund.refund_no,
            "channel_txn": refund.channel_txn,
            "amount_fen": refund.amount_fen,
            "entrust_date": refund.entrust_date,
            "state": "SUCCESS",
            "at": self._sandbox.rfc3339(refund.done_us),
        }

    def _answered(self, work: Callable[[World], Reply]) -> flask.Response:
        """Check who asks, do the work, sign what is told."""
        request = flask.request
        world = self._sandbox.world(request.environ)
        keys, wall_s = self._sandbox.keys(world), self._sandbox.wall_us() // 1_000_000
        sent = (request.method, self._sandbox.targets(request.environ), request.get_data())
        try:
            signing.check(dict(request.headers), keys, wall_s, sent)
            told: Reply = work(world)
            status = 200
        except ChannelError as error:
            told, status = error.document, error.status
        except Lost:
            return flask.Response(b"", 504)
        body = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        kind = "text/plain; charset=utf-8" if isinstance(told, str) else "application/json"
        reply = flask.Response(body.encode(), status, content_type=kind)
        reply.headers[signing.TIMESTAMP] = str(wall_s)
        reply.headers[signing.SIGNATURE] = signing.sign(signing.key(keys), str(wall_s), body)
        if isinstance(told, str):
            reply.headers["X-Channel-SHA256"] = hashlib.sha256(body.encode()).hexdigest()
        return reply


def blueprint(sandbox: Sandbox) -> flask.Blueprint:
    """Return the paths of all channels."""
    made = flask.Blueprint("channels", __name__)
    for party in CHANNELS.values():
        counter, prefix = Counter(sandbox, party), f"/{party.name}/v1"
        key = "<tax_org_code>/<entrust_date>/<tra_no>"
        routes: list[tuple[str, Callable[..., flask.Response], str]] = [
            ("debits", counter.debit, "POST"),
            (f"debits/{key}", counter.query, "GET"),
            ("reversals", counter.reverse, "POST"),
            ("refunds", counter.refund, "POST"),
            ("refunds/<refund_no>", counter.query_refund, "GET"),
            ("bills/<entrust_date>", counter.bill, "GET"),
        ]
        routes += [("loads", counter.load, "POST")] if party.terminal else []
        for path, view, method in routes:
            name = f"{party.name}_{view.__name__}"
            made.add_url_rule(f"{prefix}/{path}", name, view_func=view, methods=[method])
    return made


def _read(schema: ma.Schema) -> dict[str, Any]:
    try:
        document = json.loads(flask.request.get_data())
        found: dict[str, Any] = schema.load(document)
    except (ValueError, RecursionError):
        raise ChannelError("BAD_REQUEST", "请求体不是JSON对象") from None
    except ma.ValidationError as wrong:
        names = sorted(map(str, wrong.messages)) if isinstance(wrong.messages, dict) else ["_schema"]
        raise ChannelError("BAD_REQUEST", f"字段不正确：{'、'.join(names)[:200]}") from None
    return found


def _check_day(sandbox: Sandbox, day: str) -> None:
    try:
        sandbox.instant_us(f"{day}T00:00:00+08:00")
        known = _DAY.fullmatch(day) is not None
    except ValueError:
        known = False
    if not known:
        raise ChannelError("BAD_REQUEST", "entrust_date不是有效日期")
