"""Where merchants fetch bills: an address that is good for five minutes, then the file at it.

Bills of a day are made on the next one, from nine o'clock, on the sandbox clock; of the last three months.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final, cast

import flask

from yibaobox_mocks.ports import Tx
from yibaobox_mocks.wechatpay import bills, door
from yibaobox_mocks.wechatpay.door import Door, Reply
from yibaobox_mocks.wechatpay.errors import WechatError
from yibaobox_mocks.written import clocked

FILE: Final = "/v3/billdownload/file"
LIFE_US: Final = 300 * 1_000_000
_DAYS: Final = 92
_READY_HOUR: Final = 9
_ACCOUNTS: Final = ("BASIC", "OPERATION", "FEES")


class BillDesk:
    """Where bills are asked for and handed out."""

    def __init__(self, entrance: Door) -> None:
        self._door, self._sandbox = entrance, entrance.sandbox

    def trade(self) -> flask.Response:
        """Return where the bill of trades lies."""
        return self._door.answered(lambda: self._asked("trade", "bill_type", bills.KINDS))

    def fund_flow(self) -> flask.Response:
        """Return where the bill of an account lies."""
        return self._door.answered(lambda: self._asked("fundflow", "account_type", _ACCOUNTS))

    def file(self) -> flask.Response:
        """Hand out a bill; it is not signed."""
        try:
            return self._file()
        except WechatError as error:
            return door.refused(error)

    def _asked(self, what: str, name: str, kinds: tuple[str, ...]) -> Reply:
        world, keys = self._door.caller()
        given = flask.request.args
        kind, packed = given.get(name, kinds[0]), given.get("tar_type")
        if kind not in kinds:
            raise _invalid(name, kind)
        if packed not in (None, "GZIP"):
            raise _invalid("tar_type", packed)
        with world.read() as tx:
            day = self._day(tx, given.get("bill_date", ""))
            wanted = {"what": what, "kind": kind, "date": day.isoformat(), "packed": packed == "GZIP"}
            content = self._content(tx, keys, wanted)
            wanted["until_us"] = tx.now_us + LIFE_US
        if not content:
            raise WechatError(400, "NO_STATEMENT_EXIST", "账单文件不存在", number=268512771)
        url = f"{self._door.base()}{FILE}?token={_token(keys, wanted)}"
        sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        return 200, {"hash_type": "SHA1", "hash_value": sha1, "download_url": url}

    def _file(self) -> flask.Response:
        world, keys = self._door.caller()
        wanted = _opened(keys, flask.request.args.get("token", ""))
        with world.read() as tx:
            if wanted is None or tx.now_us >= wanted["until_us"]:
                raise WechatError(400, "INVALID_REQUEST", "账单下载地址无效或已过期", number=268447914)
            content = self._content(tx, keys, wanted)
        body = gzip.compress(content, mtime=0) if wanted["packed"] else content
        kind = "application/x-gzip" if wanted["packed"] else "text/plain; charset=utf-8"
        return flask.Response(body, content_type=kind)

    def _content(self, tx: Tx, keys: Mapping[str, str], wanted: Mapping[str, Any]) -> bytes:
        """Return the bill; the operation and fee accounts of a merchant here never move."""
        begin = datetime.fromisoformat(f"{wanted['date']}T00:00:00+08:00")
        edges = [self._sandbox.instant_us(instant.isoformat()) for instant in (begin, begin + timedelta(days=1))]
        day = bills.Day(keys["mchid"], edges[0], edges[1], partial(clocked, self._sandbox))
        if wanted["what"] == "trade":
            return bills.trade(tx, day, cast("bills.Kind", wanted["kind"]))
        return bills.fund_flow(tx, day) if wanted["kind"] == "BASIC" else b""

    def _day(self, tx: Tx, text: str) -> date:
        """Check the day of a bill: past, not too long ago, its bill made."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise _invalid("bill_date", text) from None
        now = datetime.fromisoformat(self._sandbox.rfc3339(tx.now_us))
        if day.isoformat() != text or not now.date() - timedelta(days=_DAYS) <= day < now.date():
            raise _invalid("bill_date", text)
        if day == now.date() - timedelta(days=1) and now.hour < _READY_HOUR:
            raise WechatError(400, "STATEMENT_CREATING", "账单生成中，请在10点后再试", number=268447914)
        return day


def add(made: flask.Blueprint, entrance: Door) -> None:
    """Add the paths."""
    desk = BillDesk(entrance)
    views: dict[str, Callable[[], flask.Response]] = {
        "/bill/tradebill": desk.trade,
        "/bill/fundflowbill": desk.fund_flow,
        FILE.removeprefix("/v3"): desk.file,
    }
    for rule, view in views.items():
        made.add_url_rule(rule, endpoint=f"bill_{view.__name__}", view_func=view, methods=["GET"])


def _token(keys: Mapping[str, str], wanted: Mapping[str, Any]) -> str:
    told = base64.urlsafe_b64encode(json.dumps(wanted, sort_keys=True).encode()).decode().rstrip("=")
    return f"{told}.{_mark(keys, told)}"


def _opened(keys: Mapping[str, str], token: str) -> dict[str, Any] | None:
    told, _, mark = token.partition(".")
    if not told.isascii() or not mark.isascii() or not hmac.compare_digest(mark, _mark(keys, told)):
        return None
    opened: dict[str, Any] = json.loads(base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)))
    return opened


def _mark(keys: Mapping[str, str], told: str) -> str:
    return hmac.new(keys["apiv3_key"].encode(), told.encode(), hashlib.sha256).hexdigest()


def _invalid(name: str, value: object) -> WechatError:
    detail = {"field": f"/{name}", "value": value, "issue": "不在允许的取值范围内", "location": "query"}
    return WechatError(400, "PARAM_ERROR", f"参数{name}错误", detail=detail)
