"""/sns/jscode2session: HTTP 200 whatever happens, and no errcode on success."""

from __future__ import annotations

import json
from typing import Any, Final

import flask

from yibaobox_mocks import lots
from yibaobox_mocks.ports import Sandbox
from yibaobox_mocks.wechat_login import users

_SAID: Final = {
    40013: "invalid appid",
    40029: "invalid code",
    40125: "invalid appsecret",
    40163: "code been used",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
}


def blueprint(sandbox: Sandbox) -> flask.Blueprint:
    """Return the path."""
    made = flask.Blueprint("wechat_login", __name__)

    def jscode2session() -> flask.Response:
        return _text(_answer(sandbox, flask.request.args.to_dict()))

    made.add_url_rule("/sns/jscode2session", view_func=jscode2session, methods=["GET"])
    return made


def _answer(sandbox: Sandbox, given: dict[str, str]) -> dict[str, Any]:
    world = sandbox.world(flask.request.environ)
    keys = sandbox.keys(world)
    for name, missing in (("appid", 41002), ("secret", 41004), ("js_code", 41008)):
        if not given.get(name):
            return _error(missing)
    if given["appid"] != keys["appid"]:
        return _error(40013)
    if given["secret"] != keys["secret"]:
        return _error(40125)
    if not given["js_code"].isprintable():
        return _error(40029)
    with world.write() as tx:
        openid, number = users.exchange(tx, given["appid"], given["js_code"])
    return _error(number) if number else {"session_key": lots.word(24), "openid": openid}


def _error(number: int) -> dict[str, Any]:
    return {"errcode": number, "errmsg": f"{_SAID[number]}, rid: {lots.word(24).lower()}"}


def _text(document: dict[str, Any]) -> flask.Response:
    return flask.Response(json.dumps(document, separators=(",", ":")), content_type="text/plain")
