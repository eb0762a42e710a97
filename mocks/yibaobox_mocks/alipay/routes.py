"""/gateway.do: one address for every method; HTTP 200 whatever happens."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import flask

from yibaobox_mocks import rsa
from yibaobox_mocks.alipay import asked, bills, cashier, signing
from yibaobox_mocks.alipay.calls import METHODS, PLAIN, READS, Counter, offered
from yibaobox_mocks.alipay.errors import SAID, AlipayError
from yibaobox_mocks.ports import Sandbox, World

PAGES: Final[Mapping[str, asked.Product]] = {"alipay.trade.page.pay": "page", "alipay.trade.wap.pay": "wap"}
_CHARSETS: Final = {"utf-8": "utf-8", "utf8": "utf-8", "gbk": "gbk", "gb2312": "gbk", "gb18030": "gb18030"}
_FORM: Final = "application/x-www-form-urlencoded"
_FIELDS_MAX: Final = 200
_METHOD: Final = re.compile(r"[a-z]+(?:\.[a-z]+)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: its parameters, wherever they stood, and the charset that they are signed in."""

    parameters: Mapping[str, str]
    charset: str

    @property
    def node(self) -> str:
        """The name that the reply's content stands under."""
        method = self.parameters.get("method", "")
        return f"{method.replace('.', '_')}_response" if _METHOD.fullmatch(method) else "error_response"


class Gateway:
    """Where applications call."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def do(self) -> flask.Response:
        """Answer a request by its method."""
        request = received(flask.request)
        world = self._sandbox.world(flask.request.environ)
        keys = self._sandbox.keys(world)
        try:
            check(request, keys)
            if request.parameters["method"] in PAGES:
                return self._page(request, world, keys)
            content, signed = self._content(request, world, keys), True
        except AlipayError as error:
            content, signed = error.document, error.signed
        return _reply(request, content, keys if signed else None)

    def bill(self) -> flask.Response:
        """Hand a bill over."""
        world = self._sandbox.world(flask.request.environ)
        with world.read() as tx:
            given = flask.request.args.to_dict()
            found = bills.fetched(tx, self._sandbox, self._sandbox.keys(world), given)
        if found is None:
            return flask.Response("下载链接已失效，请重新获取", 403, content_type="text/plain; charset=utf-8")
        name, content = found
        reply = flask.Response(content, content_type="application/zip")
        reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return reply

    def _content(self, request: Request, world: World, keys: Mapping[str, str]) -> dict[str, Any]:
        method = request.parameters["method"]
        answer = METHODS.get(method)
        if answer is None:
            raise AlipayError("40002", "isv.invalid-method", "不存在的方法名")
        with world.read() if method in READS else world.write() as tx:
            content = answer(Counter(tx, self._sandbox, keys, request.parameters, _base()))
        return content if method in PLAIN else {"code": "10000", "msg": SAID["10000"], **content}

    def _page(self, request: Request, world: World, keys: Mapping[str, str]) -> flask.Response:
        with world.write() as tx:
            counter = Counter(tx, self._sandbox, keys, request.parameters, _base())
            trade = offered(counter, PAGES[request.parameters["method"]])
        return flask.Response(cashier.page(trade, _base()), content_type="text/html; charset=utf-8")


def check(request: Request, keys: Mapping[str, str]) -> None:
    """Refuse what the application of this world did not send."""
    asked.check_public(request.parameters, keys["app_id"])
    signing.check(request.parameters, keys, request.charset)


def received(request: flask.Request) -> Request:
    """Read the parameters: in the address, in a form, or partly here and partly there."""
    query = request.query_string
    form = request.get_data() if request.mimetype == _FORM else b""
    charset = _charset(query) or _charset(form) or "utf-8"
    parameters = dict(_pairs(query, charset)) | dict(_pairs(form, charset))
    if not form and request.mimetype.startswith("multipart/"):
        parameters |= request.form.to_dict()
    return Request(parameters, charset)


def parsed(text: str) -> Request:
    """Read the string that an application hands to the wallet, or the address of a page."""
    query = text.partition("?")[2] if text.startswith(("http://", "https://")) else text
    raw = query.encode("utf-8", "replace")
    charset = _charset(raw) or "utf-8"
    return Request(dict(_pairs(raw, charset)), charset)


def blueprint(sandbox: Sandbox) -> flask.Blueprint:
    """Return the paths."""
    made, gateway = flask.Blueprint("alipay", __name__), Gateway(sandbox)
    made.add_url_rule("/gateway.do", view_func=gateway.do, methods=["GET", "POST"])
    made.add_url_rule(bills.PATH, view_func=gateway.bill, methods=["GET"])
    return made


def _reply(request: Request, content: Mapping[str, Any], keys: Mapping[str, str] | None) -> flask.Response:
    """Return the reply: its content first, for parsers look for it by its place, then what vouches for it."""
    failed = request.parameters.get("method") in PLAIN and "sub_code" in content
    told = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    raw = told.encode(request.charset, "replace")
    parts = [b'"%s":%s' % ((b"error_response" if failed else request.node.encode()), raw)]
    if keys is not None:
        if request.parameters.get("app_cert_sn"):
            parts.append(b'"alipay_cert_sn":"%s"' % signing.serial(keys["ali_cert"]).encode())
        parts.append(b'"sign":"%s"' % rsa.sign(keys["ali_key"], raw).encode())
    return flask.Response(b"{%s}" % b",".join(parts), content_type=f"application/json;charset={request.charset}")


def _pairs(raw: bytes, charset: str) -> list[tuple[str, str]]:
    try:
        text = raw.decode("latin-1")
        return parse_qsl(text, keep_blank_values=True, encoding=charset, errors="replace", max_num_fields=_FIELDS_MAX)
    except ValueError:
        return []


def _charset(raw: bytes) -> str | None:
    named = dict(_pairs(raw, "latin-1")).get("charset")
    return None if named is None else _CHARSETS.get(named.lower(), "utf-8")


def _base() -> str:
    return flask.request.host_url.rstrip("/") + flask.request.script_root
