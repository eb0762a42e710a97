"""The application behind the gateways' own paths (/v3/…, /gateway.do …), one for all: their paths do not collide."""

from collections.abc import Mapping
from typing import Final

import flask
from werkzeug.exceptions import HTTPException

from yibaobox_mocks.alipay import bills
from yibaobox_mocks.alipay import routes as alipay
from yibaobox_mocks.channels import routes as channels
from yibaobox_mocks.ports import Sandbox
from yibaobox_mocks.wechat_login import routes as wechat_login
from yibaobox_mocks.wechatpay import cashier
from yibaobox_mocks.wechatpay import routes as wechatpay

BODY_MAX: Final = 1 << 20
# The vendors' own hosts, and where the paths begin that they serve there.
HOSTS: Final[Mapping[str, str]] = {
    "api.mch.weixin.qq.com": "/v3/",
    "api2.mch.weixin.qq.com": "/v3/",
    "api.weixin.qq.com": "/sns/",
    cashier.HOST: cashier.PATH,
    "openapi.alipay.com": "/gateway.do",
    "openapi-sandbox.dl.alipaydev.com": "/gateway.do",
    "dwbillcenter.alipay.com": bills.PATH,
}


def create(sandbox: Sandbox) -> flask.Flask:
    """Return the application."""
    app = flask.Flask("yibaobox_mocks", static_folder=None, template_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=BODY_MAX, PROPAGATE_EXCEPTIONS=True)
    app.register_blueprint(wechatpay.blueprint(sandbox))
    pages = flask.Blueprint("wechat_cashier", __name__)
    cashier.add(pages, sandbox)
    app.register_blueprint(pages)
    app.register_blueprint(alipay.blueprint(sandbox))
    app.register_blueprint(channels.blueprint(sandbox))
    app.register_blueprint(wechat_login.blueprint(sandbox))
    app.register_error_handler(HTTPException, _bare)
    return app


def _bare(error: HTTPException) -> flask.Response:
    """Answer an unknown path or method as the gateways do: a status and no body."""
    return flask.Response(b"", error.code or 500)
