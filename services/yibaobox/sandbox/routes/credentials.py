"""Every key and name that a client of this world needs."""

from functools import lru_cache
from typing import Any, Final

import marshmallow as ma
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from flask import request

from yibaobox.domain.people import institutions
from yibaobox.edge import choice, context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation, worlds

blueprint = control_blueprint("credentials", "密钥与账号")

_OF_WORLD: Final = {
    "fsi": ("access_key", "secret_key", "paasid", "token", "apikey"),
    "ec": ("partner_id", "partner_secret"),
    "wechat": ("mchid", "appid", "secret", "apiv3_key"),
    "alipay": ("app_id",),
}
_OF_INSTALLATION: Final = {
    "fsi": {"sm2_key": "sm2_key", "sm2_pub": "sm2_pub"},
    "wechat": {
        "mch_serial": "mch_serial",
        "mch_key": "mch_key",
        "mch_cert": "mch_cert",
        "plat_serial": "plat_serial",
        "plat_cert": "plat_cert",
        "plat_pub": "plat_pub",
        "pub_key_id": "pub_key_id",
    },
    "alipay": {
        "app_key": "app_key",
        "ali_pub": "ali_pub",
        "app_cert": "app_cert",
        "ali_cert": "ali_cert",
        "root_cert": "root_cert",
    },
    "tls": {"ca": "tls_ca"},
}


class Credentials(fields.Schema):
    """Where the sandbox is, and the keys by subject; keys and certificates are PEM."""

    base_url = fields.String(required=True)
    fsi = ma.fields.Dict(required=True, metadata={"description": "national interface; `fixmedins` lists institutions"})
    ec = ma.fields.Dict(required=True, metadata={"description": "electronic credential"})
    wechat = ma.fields.Dict(required=True)
    alipay = ma.fields.Dict(required=True)
    channels = ma.fields.Dict(metadata={"description": "bank, campus card, kiosk: `merchant_no` and `key`"})
    tls = ma.fields.Dict(required=True)


@blueprint.get("")
@exchange(answers=Credentials())
def show() -> dict[str, Any]:
    """Show the keys; they protect nothing and stand in no repository."""
    world = context.world()
    own, shared = world.info.keys, worlds().registry.installation()
    document: dict[str, Any] = {part: {name: own[name] for name in names} for part, names in _OF_WORLD.items()}
    for part, names in _OF_INSTALLATION.items():
        document.setdefault(part, {}).update({shown: shared[name] for shown, name in names.items()})
    document["alipay"]["app_key_pkcs1"] = _pkcs1(shared["app_key"])
    document["fsi"]["fixmedins"] = _fixmedins()
    channels = installation().channels
    if channels is not None:
        document["channels"] = {"merchant_no": own["mchid"], "key": channels.key(world)}
    return {"base_url": _base_url(), **document}


def _fixmedins() -> list[dict[str, str]]:
    with context.world().read() as tx:
        return [
            {"code": each.code, "name": each.name, "level": each.level, "kind": each.kind}
            for each in institutions.listed(tx)
        ]


@lru_cache(maxsize=4)
def _pkcs1(pem: str) -> str:
    """Return a key in the form that Alipay's own Python SDK takes."""
    key = load_pem_private_key(pem.encode(), password=None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


def _base_url() -> str:
    """Return where the client came in; a world other than the default is named, so that the address alone finds it."""
    name, home = context.world().name, request.environ.get(context.HOME, choice.DEFAULT)
    return request.host_url.rstrip("/") + ("" if name == home else f"/w/{name}")
