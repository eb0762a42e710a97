"""Swagger UI from our own files: the page asks nothing of any other host."""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, json, send_from_directory

STATIC: Final = Path(__file__).parent / "static"
ASSETS: Final = ("swagger-ui/swagger-ui-bundle.js", "swagger-ui/swagger-ui.css", "docs.js")
POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE: Final = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="docs/swagger-ui/swagger-ui.css"></head>
<body><div id="docs" data-spec="openapi.json"></div>
<script src="docs/swagger-ui/swagger-ui-bundle.js"></script><script src="docs/docs.js"></script></body>
</html>
"""


def contract(document: Callable[[], dict[str, Any]], prefix: str) -> Blueprint:
    """Return the route `openapi.json`."""
    pages = Blueprint("api-docs", __name__, url_prefix=prefix)

    def openapi_json() -> Response:
        return Response(json.dumps(document()), mimetype="application/json")

    pages.add_url_rule("/openapi.json", view_func=openapi_json)
    return pages


def blueprint(title: str, prefix: str) -> Blueprint:
    """Return the routes `docs` and its assets; addresses in the page are relative, so `/w/<world>` works too."""
    pages = Blueprint("docs", __name__, url_prefix=prefix)

    def page() -> Response:
        return _guarded(Response(_PAGE.format(title=escape(title)), mimetype="text/html"))

    def asset(name: str) -> Response:
        if name not in ASSETS:
            return Response(status=404)
        reply = send_from_directory(STATIC, name, max_age=86400)
        reply.direct_passthrough = False
        return _guarded(reply)

    pages.add_url_rule("/docs", view_func=page)
    pages.add_url_rule("/docs/<path:name>", view_func=asset)
    return pages


def _guarded(reply: Response) -> Response:
    reply.headers["Content-Security-Policy"] = POLICY
    reply.headers["X-Content-Type-Options"] = "nosniff"
    reply.headers["Referrer-Policy"] = "no-referrer"
    return reply
