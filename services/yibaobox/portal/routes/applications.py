"""我的办件: one's own applications and their papers."""

from collections.abc import Callable
from typing import Any, Final

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain import clock, people
from yibaobox.domain.accounts import applications, papers, uploads
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.errors import InvalidInput, NotFound
from yibaobox.domain.store import Tx
from yibaobox.edge import context, masks
from yibaobox.edge.rest import View, documented, exchange, upload_limit
from yibaobox.portal.hand_in import hand_in
from yibaobox.portal.schemas import forms as schemas
from yibaobox.portal.session import held

ID: Final = "<int(max=999999999999999999):application_id>"
_BODY_MAX: Final = 26 << 20  # five files of the greatest size, and the multipart around them
_CHANNELS: Final = ["tax", "family_account"]
_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["kind", "file"],
                    "properties": {
                        "kind": {"type": "string", "enum": list(papers.KINDS)},
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    },
                }
            }
        },
    }
}
_FILE: Final = {
    "description": "the file, as an attachment",
    "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in sorted(uploads.MEDIA.values())},
}
blueprint: flask.Blueprint = Blueprint("application", __name__, url_prefix="/portal/v1", description="我的办件")
_takes_files: Callable[[View], View] = documented(blueprint, **_FORM)
_gives_file: Callable[[View], View] = documented(blueprint, responses={200: _FILE})


@blueprint.get("/applications")
@exchange(query=schemas.ApplicationsQuery(), answers=schemas.Applications(), refuses=(401, 422))
def listed(kind: str | None = None) -> dict[str, Any]:
    """List one's applications, the newest first."""
    with context.world().read() as tx:
        signed = held(tx, *applications.SCOPES.values())
        kinds = [one for one in applications.KINDS if kind in (None, one) and signed.may(applications.SCOPES[one])]
        return {"items": [shown(tx, each) for each in applications.listed(tx, signed.psn_no, *kinds)]}


@blueprint.get(f"/applications/{ID}")
@exchange(answers=schemas.Application(), refuses=(401,))
def show(application_id: int) -> dict[str, Any]:
    """Show one application."""
    with context.world().read() as tx:
        return shown(tx, _own(tx, application_id))


@blueprint.post(f"/applications/{ID}/papers")
@upload_limit(_BODY_MAX)
@_takes_files
@exchange(answers=schemas.Papers(), status=201, refuses=(401, 409, 413, 422))
def add_papers(application_id: int) -> dict[str, Any]:
    """Hand in files with a draft: fields `kind` and one or more `file`; again as often as needed."""
    request = flask.request
    files = [(each.filename or "", each.mimetype, each.read()) for each in request.files.getlist("file")]
    if not files:
        raise InvalidInput("请选择要上传的文件", field="file")
    with context.world().write() as tx:
        made = hand_in(tx, _own(tx, application_id), request.form.get("kind", ""), files)
    return {"items": [_paper(each) for each in made]}


@blueprint.get(f"/applications/{ID}/papers/<int(max=999999999999999999):paper_id>")
@_gives_file
@exchange(refuses=(401,))
def download(application_id: int, paper_id: int) -> flask.Response:
    """Download a paper; it is never shown inline."""
    with context.world().read() as tx:
        paper, content = papers.get(tx, _own(tx, application_id).psn_no, application_id, paper_id)
    reply = flask.Response(content, mimetype=uploads.MEDIA[paper.media_type])
    reply.headers["Content-Disposition"] = f'attachment; filename="{paper.name}"'
    reply.headers["X-Content-Type-Options"] = "nosniff"
    return reply


@blueprint.delete(f"/applications/{ID}/papers/<int(max=999999999999999999):paper_id>")
@exchange(status=204, refuses=(401, 409))
def remove_paper(application_id: int, paper_id: int) -> flask.Response:
    """Take a paper out of a draft."""
    with context.world().write() as tx:
        found = _own(tx, application_id)
        paper, _ = papers.get(tx, found.psn_no, application_id, paper_id)
        applications.refuse_locked(found)
        papers.remove(tx, paper)
    return flask.Response(status=204)


def _own(tx: Tx, application_id: int) -> Application:
    """Return an application of whom the session is about; of a kind that an agent has no leave for it is unknown."""
    signed = held(tx, *applications.SCOPES.values())
    found = applications.get(tx, signed.psn_no, application_id)
    if not signed.may(applications.SCOPES[found.kind]):
        raise NotFound("申请不存在")
    return found


def shown(tx: Tx, found: Application) -> dict[str, Any]:
    """Return an application as its owner sees it."""
    pays = found.kind == applications.REGISTRATION and found.state == applications.APPROVED
    return {
        "application_id": found.application_id,
        "kind": found.kind,
        "kind_name": applications.KINDS[found.kind],
        "state": found.state,
        "state_name": applications.STATES[found.state],
        "region": found.region,
        "form": found.form,
        "part_id": found.part_id,
        "agent": None if found.agent is None else masks.mask_name(people.get(tx, found.agent).name),
        "reason": found.reason,
        "created_at": clock.rfc3339(found.created_us),
        "submitted_at": _at(found.submitted_us),
        "decided_at": _at(found.decided_us),
        "papers": [_paper(each) for each in papers.listed(tx, found.psn_no, found.application_id)],
        "payment_channels": _CHANNELS if pays else [],
    }


def _at(us: int | None) -> str | None:
    return None if us is None else clock.rfc3339(us)


def _paper(paper: papers.Paper) -> dict[str, Any]:
    return {
        "paper_id": paper.paper_id,
        "kind": paper.kind,
        "name": paper.name,
        "media_type": paper.media_type,
        "size": paper.size,
        "sha256": paper.sha256,
        "created_at": clock.rfc3339(paper.created_us),
    }
