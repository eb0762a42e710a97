"""Whom the portal talks to: the wallets' log-in servers; put into the application where it is composed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import flask
import requests

from yibaobox.domain.errors import InvalidInput, PartyRefused, PartyTimeout, Refusal
from yibaobox.domain.store import World
from yibaobox.edge import context, strict_json
from yibaobox.portal import alipay

EXTENSION: Final = "yibaobox.portal"
_TIMEOUT_S: Final = (2, 3)


@dataclass(frozen=True, slots=True)
class Outside:
    """The session that carries calls, where the gateways answer, the installation's keys."""

    session: requests.Session
    gateways_url: str
    keys: Callable[[], Mapping[str, str]]

    def user(self, world: World, channel: str, code: str) -> str:
        """Return which user of a wallet stands behind a code that its mini-program got at log-in."""
        keys = {**self.keys(), **world.info.keys}
        found = self._wechat(keys, code) if channel == "wechat" else self._alipay(keys, code)
        if found is None:
            raise InvalidInput("登录凭证无效或已使用，请重新登录", field="code")
        return found

    def _wechat(self, keys: Mapping[str, str], code: str) -> str | None:
        asked = {"appid": keys["appid"], "secret": keys["secret"], "js_code": code}
        _, told = self._ask("/sns/jscode2session", params=asked)
        return str(told["openid"]) if "openid" in told else None

    def _alipay(self, keys: Mapping[str, str], code: str) -> str | None:
        reply, told = self._ask(alipay.PATH, data=alipay.asked(keys, code))
        return alipay.user(keys, reply, told)

    def _ask(self, path: str, **more: Any) -> tuple[bytes, dict[str, Any]]:
        method = "POST" if "data" in more else "GET"
        try:
            reply = self.session.request(
                method, self.gateways_url + path, timeout=_TIMEOUT_S, allow_redirects=False, **more
            )
            told = strict_json.loads(reply.content)
        except requests.RequestException as error:
            raise PartyTimeout("登录渠道未在规定时间内应答，请稍后再试") from error
        except Refusal:
            told = None
        if not isinstance(told, dict):
            raise PartyRefused("登录渠道的应答无法识别")
        return reply.content, told


def user(channel: str, code: str) -> str:
    """Return the user of a wallet behind a code; call it outside any transaction."""
    outside = cast("Outside", flask.current_app.extensions[EXTENSION])
    return outside.user(context.world(), channel, code)
