"""The local decoding service beside a HIS: `localQrCodeQuery`, in its own envelope (national-interface §C1).

The real service reads the code from a scanner that hangs on the same machine. Here the scanner is pretended: the code
is sent along as `data.ecQrCode`, which is this sandbox's own addition.
"""

from typing import Any, Final

import flask

from yibaobox.credential.decode import decode
from yibaobox.domain.errors import InvalidInput, Refusal
from yibaobox.edge import context, strict_json

PATH: Final = "/localcfc/api/hsecfc/localQrCodeQuery"
_FAILED: Final = 500159  # the one error number that the sources show
_TYPE: Final = "ec.query"


def install(app: flask.Flask) -> None:
    """Serve the path in the application of the credential."""
    app.add_url_rule(PATH, "local_qr_code_query", query, methods=["POST"])


def query() -> flask.Response:
    """Decode the code in front of the scanner."""
    try:
        return _reply({"code": 0, "type": "success", "message": "成功", "data": _decoded()})
    except Refusal as refusal:
        failed = {"success": False, "code": _FAILED, "type": "error", "message": refusal.message}
        return _reply(failed, refusal.code)


def _decoded() -> dict[str, str]:
    asked = strict_json.loads(flask.request.get_data())
    if not isinstance(asked, dict) or asked.get("transType") != _TYPE:
        raise InvalidInput(f"transType 须为 {_TYPE}")
    data = asked.get("data")
    if not isinstance(data, dict):
        raise InvalidInput("缺少 data")
    code = _text(data, "ecQrCode", "未扫描到医保码")
    with context.world().write() as tx:
        person, found = decode(
            tx,
            code=code,
            institution=_text(data, "orgId", "缺少机构编号 orgId"),
            purpose=_text(data, "businessType", "缺少用码业务类型 businessType"),
            operator=_text(data, "operatorId", "缺少操作员编号 operatorId"),
            operator_name=_text(data, "operatorName", "缺少操作员姓名 operatorName"),
        )
    context.note(op=_TYPE, person=person.psn_no)
    return {
        "userName": person.name,
        "idNo": person.id_no,
        "idType": person.id_type,
        "ecToken": found.token,
        "insuOrg": person.region,
        "authNo": found.auth_no,
        "ecIndexNo": found.auth_no.removeprefix("AUTH"),
        "gender": person.sex,
        "birthday": person.birth.isoformat(),
        "nationality": "中国",
        "email": "",
        "ecQrCode": code,
    }


def _text(data: dict[str, Any], name: str, missing: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value or len(value) > 200:  # noqa: PLR2004 - longer than any field of the source
        raise InvalidInput(missing)
    return value


def _reply(document: dict[str, Any], code: str = "") -> flask.Response:
    reply = flask.Response(strict_json.dumps(document), mimetype="application/json")
    if code:
        reply.headers["X-Sandbox-Code"] = code
    return reply
