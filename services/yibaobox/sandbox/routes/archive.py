"""The journal as an HTTP archive."""

from typing import Any

import marshmallow as ma

from yibaobox.edge import fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox import copies
from yibaobox.sandbox.blueprint import PREFIX
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.routes.requests import RequestsQuery, found, where

blueprint = control_blueprint("archive", "请求日志导出", f"{PREFIX}/requests.har")


class Archive(fields.Schema):
    """An HTTP archive, format 1.2."""

    log = ma.fields.Dict(required=True)


@blueprint.get("")
@exchange(query=RequestsQuery(), answers=Archive(), refuses=(422,))
def archive(**asked: Any) -> dict[str, Any]:
    """Return requests as an HTTP archive (HAR), the oldest first."""
    return copies.har(found(**asked, full=True), where())
