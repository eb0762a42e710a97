"""Who may drive the sandbox: no page from elsewhere, and with a token only who has it."""

import hmac
import ipaddress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from yibaobox.edge.refusals import ForeignOrigin, Unauthorized

OPEN: Final = "/_sandbox/health"
_RESERVED: Final = ("localhost", "test", "internal", "local", "example", "invalid")


@dataclass(frozen=True, slots=True)
class Guard:
    """Checks of the control API. `token` is asked for when set; `hosts` are further names of our own."""

    token: str | None = None
    hosts: frozenset[str] = frozenset()

    def check(self, environ: dict[str, Any], path: str) -> None:
        """Refuse a foreign page, a rebound name, or a caller without the token."""
        self._check_origin(environ)
        if path == OPEN:
            return
        if self.token:
            given = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode()):
                raise Unauthorized("控制接口需要令牌：Authorization: Bearer <token>")
        elif not self._ours(_host(environ)):
            # Without a token, a name that an attacker's DNS points at us must not read the keys (DNS rebinding).
            raise ForeignOrigin("控制接口不接受这个主机名")

    def _check_origin(self, environ: dict[str, Any]) -> None:
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return
        scheme = environ.get("wsgi.url_scheme", "http")
        if origin.lower() != f"{scheme}://{environ.get('HTTP_HOST', '')}".lower():
            raise ForeignOrigin("控制接口不接受来自其他网页的请求")

    def _ours(self, host: str) -> bool:
        if host in self.hosts or "." not in host or host.rpartition(".")[2] in _RESERVED:
            return True  # a bare name is one of a local network or of a compose file
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True


def _host(environ: dict[str, Any]) -> str:
    try:
        return (urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname or "").rstrip(".")
    except ValueError:
        return "."
