"""Which world a request means: the header, the path, the credential it presents, else `default` (or a test's own)."""

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qs

from yibaobox.domain.errors import WorldNotFound
from yibaobox.edge import context
from yibaobox.edge.refusals import WorldChoiceConflict

if TYPE_CHECKING:
    from yibaobox.domain.store import World, Worlds

DEFAULT: Final = "default"
_PATH: Final = re.compile(r"/w/([^/]+)(/.*)?", re.DOTALL)
_RAW: Final = re.compile(r"/w/[^/?]+(?=[/?]|\Z)")
_MCHID: Final = re.compile(r'mchid="([^"]{1,64})"')
_HEADERS: Final = ("HTTP__API_ACCESS_KEY", "HTTP_X_TIF_PAASID", "HTTP_APIKEY", "HTTP_X_CHANNEL_MERCHANT")
_PARAMETERS: Final = ("appid", "app_id", "mchid")
_PARTNER: Final = "/api/mipuserquery/userQuery/"
_STABLE_TOKEN: Final = "/cgi-bin/stable_token"  # noqa: S105 - an address
_APPID: Final = re.compile(r'"appid"\s*:\s*"([^"]{1,64})"')
_TOKEN: Final = re.compile(r"88_(wx[0-9a-f]{16})_", re.ASCII)
_FORM_MAX: Final = 1 << 16

Environ = dict[str, Any]


class Target(NamedTuple):
    """A request's address without its world: the name in the path, the path, the raw target."""

    world: str | None
    path: str
    raw: str


def split(path: str, raw: str) -> Target:
    """Take `/w/<world>` off a decoded path and off the raw target."""
    match = _PATH.fullmatch(path)
    if match is None:
        return Target(None, path, raw)
    bare = _RAW.sub("", raw, count=1)
    return Target(match.group(1), match.group(2) or "/", bare if bare.startswith("/") else f"/{bare}")


def choose(environ: Environ, target: Target, body: bytes, worlds: "Worlds") -> "World":
    """Return the world meant; WorldNotFound, or WorldChoiceConflict when header and path disagree."""
    named = environ.get("HTTP_X_SANDBOX_WORLD") or None
    if named and target.world and named != target.world:
        raise WorldChoiceConflict("请求头与路径指定了不同的沙盒世界")
    name = named or target.world
    if name is not None:
        if len(name) > 40:  # noqa: PLR2004 - the longest name a world may have
            raise WorldNotFound("没有这个沙盒世界", world=name[:40])
        return worlds.get(name)
    for credential in credentials(environ, target, body):
        owner = worlds.by_credential(credential)
        if owner is not None:
            return worlds.get(owner)
    return worlds.get(environ.get(context.HOME, DEFAULT))


def at_hand(environ: Environ, target: Target, worlds: "Worlds") -> "World | None":
    """Return the world meant by a request of the national interface, or nothing where it has to be looked up."""
    name = environ.get("HTTP_X_SANDBOX_WORLD") or target.world
    if not name:
        for credential in credentials(environ, target, b""):
            name = worlds.owner_at_hand(credential)
            if name is None:
                return None
            break
    return worlds.at_hand(name or environ.get(context.HOME, DEFAULT))


def credentials(environ: Environ, target: Target, body: bytes) -> list[str]:
    """Return the names by which a caller presents itself, surest first. Secrets are not among them."""
    found = [environ[name] for name in _HEADERS if environ.get(name)]
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    if authorization.startswith("WECHATPAY2-") and (merchant := _MCHID.search(authorization)):
        found.append(merchant.group(1))
    found += _parameters(environ.get("QUERY_STRING", ""))
    if target.path == "/gateway.do" and len(body) <= _FORM_MAX:
        found += _parameters(body.decode("utf-8", "replace"))
    if target.path == _STABLE_TOKEN and len(body) <= _FORM_MAX:
        found += _APPID.findall(body.decode("utf-8", "replace"))[:1]
    if target.path.startswith(_PARTNER):
        found.append(target.path[len(_PARTNER) :].partition("/")[0])
    return [value for value in found if 0 < len(value) <= 64]  # noqa: PLR2004 - longer than any name we give


def _parameters(text: str) -> list[str]:
    if not text:
        return []
    try:
        given = parse_qs(text, max_num_fields=100)
    except ValueError:
        return []
    found = [given[name][0] for name in _PARAMETERS if name in given]
    token = _TOKEN.match(given.get("access_token", [""])[0])
    return found if token is None else [*found, token.group(1)]
