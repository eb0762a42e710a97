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
        assert channel == "wechat", "the channels are a closed list"
        keys = {**self.keys(), **world.info.keys}
        asked = {"appid": keys["appid"], "secret": keys["secret"], "js_code": code}
        told = self._ask(f"{self.gateways_url}/sns/jscode2session", asked)
        if "openid" not in told:
            raise InvalidInput("微信登录凭证无效或已使用，请重新登录", channel_code=str(told.get("errcode"))[:16])
        return str(told["openid"])

    def _ask(self, url: str, query: Mapping[str, str]) -> dict[str, Any]:
        try:
            reply = self.session.get(url, params=query, timeout=_TIMEOUT_S, allow_redirects=False)
            told = strict_json.loads(reply.content)
        except requests.RequestException as error:
            raise PartyTimeout("登录渠道未在规定时间内应答，请稍后再试") from error
        except Refusal:
            told = None
        if not isinstance(told, dict):
            raise PartyRefused("登录渠道的应答无法识别")
        return told


def user(channel: str, code: str) -> str:
    """Return the user of a wallet behind a code; call it outside any transaction."""
    outside = cast("Outside", flask.current_app.extensions[EXTENSION])
    return outside.user(context.world(), channel, code)
