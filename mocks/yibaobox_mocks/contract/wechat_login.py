"""Log-in with WeChat: HTTP 200 whatever happens, an error is told by errcode."""

from __future__ import annotations

from typing import Final

from yibaobox_mocks.contract.parts import ANY, TEXT, WHOLE, Json, answer, asked, known, operation, refusing, thing

_ERROR: Final = thing({"errcode": WHOLE, "errmsg": TEXT})
_PHONE: Final = thing(
    {
        "phoneNumber": TEXT,
        "purePhoneNumber": TEXT,
        "countryCode": TEXT,
        "watermark": thing({"timestamp": WHOLE, "appid": TEXT}),
    }
)
SCHEMAS: Final[dict[str, Json]] = {
    "WechatLoginError": _ERROR,
    "WechatToken": {"anyOf": [thing({"access_token": TEXT, "expires_in": WHOLE}), known("WechatLoginError")]},
    "WechatPhone": {
        "anyOf": [thing({"errcode": WHOLE, "errmsg": TEXT, "phone_info": _PHONE}), known("WechatLoginError")]
    },
}
_REFUSED: Final = refusing(ANY)
PATHS: Final[dict[str, Json]] = {
    "/sns/jscode2session": {
        "get": operation(
            "wechat.jscode2session",
            "小程序登录：成功时没有 errcode",
            "",
            answer({}, "text/plain") | _REFUSED,
            query={"appid": False, "secret": False, "js_code": False, "grant_type": False, "access_token": False},
        )
    },
    "/cgi-bin/token": {
        "get": operation(
            "wechat.token",
            "接口调用凭证",
            "",
            answer(known("WechatToken")) | _REFUSED,
            query={"appid": False, "secret": False, "grant_type": False},
        )
    },
    "/cgi-bin/stable_token": {
        "post": operation(
            "wechat.stable_token", "稳定版接口调用凭证", "", answer(known("WechatToken")) | _REFUSED, body=asked(ANY)
        )
    },
    "/wxa/business/getuserphonenumber": {
        "post": operation(
            "wechat.phone",
            "手机号",
            "",
            answer(known("WechatPhone")) | _REFUSED,
            query={"access_token": False},
            body=asked(ANY),
        )
    },
}
