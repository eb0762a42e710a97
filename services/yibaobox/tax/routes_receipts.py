"""Routes of receipts on paper: the PDF, and the page that its code leads to."""

from html import escape
from typing import Any, Final

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain.billing import receipts
from yibaobox.edge import context, pdf, rest
from yibaobox.edge.rest import exchange
from yibaobox.tax import print_receipt, schemas
from yibaobox.tax.session import current

_FILE: Final = {
    "description": "the receipt, as an attachment",
    "content": {pdf.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
}
_PAGE: Final = {"description": "a page for people", "content": {"text/html": {"schema": {"type": "string"}}}}
_HEAD: Final = '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
_SAFE: Final = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
blueprint: flask.Blueprint = Blueprint("receipts", __name__, url_prefix="/tax/v1/receipts", description="缴费票据")


@blueprint.get("/<receipt_no>/pdf")
@rest.documented(blueprint, responses={200: _FILE})
@exchange(refuses=(401,))
def paper(receipt_no: str) -> flask.Response:
    """Download a receipt as PDF; its QR code leads to the verification page."""
    with context.world().read() as tx:
        found = receipts.get(tx, current(tx).psn_no, receipt_no)
        content = print_receipt.page(tx, found, _address(found))
    reply = flask.Response(content, mimetype=pdf.MEDIA_TYPE)
    reply.headers["Content-Disposition"] = f'attachment; filename="{found.receipt_no}.pdf"'
    reply.headers["X-Content-Type-Options"] = "nosniff"
    return reply


@blueprint.get("/<receipt_no>/verify")
@exchange(query=schemas.VerifyQuery(), answers=schemas.Verified(), refuses=(422,))
def verify(receipt_no: str, code: str) -> dict[str, Any]:
    """Verify a receipt by its number and 校验码; nobody has to be signed in."""
    with context.world().read() as tx:
        found = receipts.verified(tx, receipt_no, code)
        facts = dict(print_receipt.facts(tx, found))
    return {
        "receipt_no": found.receipt_no,
        "state": found.state,
        "state_name": print_receipt.STATES[found.state],
        "facts": facts,
    }


@blueprint.get("/<receipt_no>/page")
@rest.documented(blueprint, responses={200: _PAGE})
@exchange(query=schemas.VerifyQuery(), refuses=(422,))
def page(receipt_no: str, code: str) -> flask.Response:
    """Show what a receipt's QR code leads to."""
    with context.world().read() as tx:
        found = receipts.verified(tx, receipt_no, code)
        facts = print_receipt.facts(tx, found)
    rows = "".join(f"<tr><th scope=row>{escape(label)}<td>{escape(text)}" for label, text in facts)
    said = escape(print_receipt.STATES[found.state])
    body = f"{_HEAD}<title>缴费票据核验</title><h1>缴费票据核验：{said}</h1><table>{rows}</table>"
    return flask.Response(body, mimetype="text/html", headers=_SAFE)


def _address(found: receipts.Receipt) -> str:
    """Return where the receipt is verified, as the reader of this reply reaches this process."""
    base, world = flask.request.host_url.rstrip("/"), context.world().name
    path = f"/w/{world}/tax/v1/receipts/{found.receipt_no}/page"
    return f"{base}{path}?code={receipts.check_code(found)}"
