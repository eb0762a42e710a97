"""Log-in of mini-programs: HTTP 200 whatever happens, and on success `jscode2session` tells no errcode."""

from __future__ import annotations

import json
from typing import Any, Final

import flask

from yibaobox_mocks import lots
from yibaobox_mocks.ports import Sandbox, World
from yibaobox_mocks.wechat_login import phones, tokens, users

_SAID: Final = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40013: "invalid appid",
    40029: "invalid code",
    40125: "invalid appsecret",
    40163: "code been used",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    42001: "access_token expired",
    44002: "empty post data",
    47001: "data format error",
}
Given = dict[str, Any]


class Counter:
    """Where mini-programs' servers call."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def jscode2session(self) -> flask.Response:
        """Exchange what wx.login() gave."""
        return _text(self._session(flask.request.args.to_dict()))

    def token(self) -> flask.Response:
        """Give a new access token."""
        given = flask.request.args.to_dict()
        if given.get("grant_type") != "client_credential":
            return _json(_error(40002))
        return _json(self._token(given, stable=False))

    def stable_token(self) -> flask.Response:
        """Give the access token that holds."""
        given = _posted()
        if isinstance(given, int):
            return _json(_error(given))
        if given.get("grant_type") != "client_credential":
            return _json(_error(40002))
        return _json(self._token(given, stable=True))

    def phone(self) -> flask.Response:
        """Exchange what a button for the phone number gave."""
        given = _posted()
        return _json(_error(given) if isinstance(given, int) else self._phone(given))

    def _session(self, given: Given) -> Given:
        world, wrong = self._application(given)
        code = given.get("js_code")
        if wrong or not code:
            return _error(wrong or 41008)
        if not code.isprintable():
            return _error(40029)
        with world.write() as tx:
            openid, number = users.exchange(tx, given["appid"], code)
        return _error(number) if number else {"session_key": lots.word(24), "openid": openid}

    def _token(self, given: Given, *, stable: bool) -> Given:
        world, wrong = self._application(given)
        if wrong:
            return _error(wrong)
        with world.write() as tx:
            if stable:
                token, life_s = tokens.stable(tx, given["appid"], force=given.get("force_refresh") is True)
            else:
                token, life_s = tokens.fresh(tx, given["appid"], "plain")
        return {"access_token": token, "expires_in": life_s}

    def _phone(self, given: Given) -> Given:
        token, code = flask.request.args.get("access_token"), given.get("code")
        if not token:
            return _error(41001)
        if not isinstance(code, str) or not code.isprintable():
            return _error(40029)
        world = self._sandbox.world(flask.request.environ)
        with world.write() as tx:
            appid, wrong = tokens.judge(tx, token)
            mobile = None if wrong else phones.exchange(tx, appid, code)
            now_s = tx.now_us // 1_000_000
        if mobile is None:
            return _error(wrong or 40029)
        told = {"phoneNumber": mobile, "purePhoneNumber": mobile, "countryCode": "86"}
        return {
            "errcode": 0,
            "errmsg": "ok",
            "phone_info": {**told, "watermark": {"timestamp": now_s, "appid": appid}},
        }

    def _application(self, given: Given) -> tuple[World, int]:
        """Return the world, and the number of what is wrong with the application's name and secret."""
        world = self._sandbox.world(flask.request.environ)
        keys = self._sandbox.keys(world)
        for name, missing in (("appid", 41002), ("secret", 41004)):
            if not given.get(name) or not isinstance(given[name], str):
                return world, missing
        if given["appid"] != keys["appid"]:
            return world, 40013
        return world, 0 if given["secret"] == keys["secret"] else 40125


def blueprint(sandbox: Sandbox) -> flask.Blueprint:
    """Return the paths."""
    made, counter = flask.Blueprint("wechat_login", __name__), Counter(sandbox)
    made.add_url_rule("/sns/jscode2session", view_func=counter.jscode2session, methods=["GET"])
    made.add_url_rule("/cgi-bin/token", view_func=counter.token, methods=["GET"])
    made.add_url_rule("/cgi-bin/stable_token", view_func=counter.stable_token, methods=["POST"])
    made.add_url_rule("/wxa/business/getuserphonenumber", view_func=counter.phone, methods=["POST"])
    return made


def _posted() -> Given | int:
    """Return the object that was posted, or the number of what is wrong with it."""
    data = flask.request.get_data()
    if not data:
        return 44002
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        document = None
    return document if isinstance(document, dict) else 47001


def _error(number: int) -> Given:
    return {"errcode": number, "errmsg": f"{_SAID[number]}, rid: {lots.word(24).lower()}"}


def _text(document: Given) -> flask.Response:
    return flask.Response(json.dumps(document, separators=(",", ":")), content_type="text/plain")


def _json(document: Given) -> flask.Response:
    return flask.Response(json.dumps(document, separators=(",", ":")), content_type="application/json; encoding=utf-8")
