"""WeChat's `userQuery`: a server redeems the wallet's `authCode` (national-interface, mobile payment by WeChat).

The real service stands at WeChat's hosts; numbers of its errors are in no source, those below are this sandbox's own.
"""

import hashlib
import hmac
from typing import Any, Final

import flask

from yibaobox.credential import wire
from yibaobox.credential.decode import told
from yibaobox.domain import clock, credentials
from yibaobox.domain.errors import CodeExpired, CodeUsed, InvalidInput, NotFound, Refusal
from yibaobox.domain.secret import word
from yibaobox.edge import context, strict_json
from yibaobox.edge.refusals import Unauthorized

PATH: Final = "/api/mipuserquery/userQuery/<partner>"
_SKEW_US: Final = 15 * 60_000_000
_UNSIGNED: Final = 40101
_CODES: Final = {InvalidInput: 40001, NotFound: 40401, CodeUsed: 40901, CodeExpired: 40902}
_TEXT_MAX: Final = 200


def install(app: flask.Flask) -> None:
    """Serve the path in the application of the credential."""
    app.add_url_rule(PATH, "user_query", query, methods=["POST"])


def query(partner: str) -> flask.Response:
    """Redeem an `authCode`."""
    request_id = (flask.request.headers.get("god-portal-request-id") or word(32))[:_TEXT_MAX]
    try:
        _check_signature(partner)
        return wire.reply({"code": 0, "message": "成功", "request_id": request_id, **_redeemed()})
    except Refusal as refusal:
        number = _UNSIGNED if isinstance(refusal, Unauthorized) else _CODES.get(type(refusal), 50000)
        return wire.reply({"code": number, "message": refusal.message, "request_id": request_id}, refusal.code)


def sign(partner: str, secret: str, stamp: str) -> str:
    """Return the signature over a partner's number and a time in milliseconds."""
    return hmac.new(secret.encode(), f"{partner}{stamp}".encode(), hashlib.sha256).hexdigest()


def _check_signature(partner: str) -> None:
    """Refuse whoever is not this world's partner, and a time that is not now: the wall's, as of every protocol."""
    keys, headers = context.world().info.keys, flask.request.headers
    stamp, given = headers.get("god-portal-timestamp", ""), headers.get("god-portal-signature", "")
    if not hmac.compare_digest(partner.encode(), keys["partner_id"].encode()):
        raise Unauthorized("合作方编号不存在")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 16):  # noqa: PLR2004 - milliseconds since 1970
        raise Unauthorized("god-portal-timestamp 须为毫秒时间戳")
    if abs(int(stamp) * 1000 - clock.wall_us()) > _SKEW_US:
        raise Unauthorized("请求时间与服务器时间相差过大")
    wanted = sign(partner, keys["partner_secret"], stamp)
    if not hmac.compare_digest(wanted.encode(), given.lower().encode("utf-8", "replace")):
        raise Unauthorized("签名校验失败")


def _redeemed() -> dict[str, Any]:
    asked = strict_json.loads(flask.request.get_data())
    if not isinstance(asked, dict):
        raise InvalidInput("请求体须为 JSON 对象")
    code, openid = asked.get("qrcode"), asked.get("openid")
    if not isinstance(code, str) or not 0 < len(code) <= _TEXT_MAX:
        raise InvalidInput("缺少授权码 qrcode")
    if not isinstance(openid, str) or not 0 < len(openid) <= _TEXT_MAX:
        raise InvalidInput("缺少用户标识 openid")
    with context.world().write() as tx:
        granted = credentials.redeem(tx, code)
        document = told(tx, granted)
    context.note(op="userQuery", person=granted.grant.psn_no)
    return document
