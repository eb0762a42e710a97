"""The local decoding service beside a HIS: `localQrCodeQuery`, in its own envelope (national-interface §C1).

The real service reads the code from a scanner that hangs on the same machine. Here the scanner is pretended: the code
is sent along as `data.ecQrCode`, which is this sandbox's own addition.
"""

from typing import Any, Final

import flask

from yibaobox.credential import parts, wire
from yibaobox.credential.decode import decode
from yibaobox.domain import credentials, people
from yibaobox.domain.errors import InvalidInput, Refusal
from yibaobox.domain.people import Person, institutions
from yibaobox.edge import context, strict_json

PATH: Final = "/localcfc/api/hsecfc/localQrCodeQuery"
_FAILED: Final = 500159  # the one error number that the sources show
_SCAN: Final = "ec.query"
_CHECK: Final = "cn.nhsa.auth.check"


def install(app: flask.Flask) -> None:
    """Serve the path in the application of the credential."""
    app.add_url_rule(PATH, "local_qr_code_query", query, methods=["POST"])


def query() -> flask.Response:
    """Decode the code in front of the scanner."""
    try:
        return wire.reply({"code": 0, "type": "success", "message": "成功", "data": _decoded()})
    except Refusal as refusal:
        failed = {"success": False, "code": _FAILED, "type": "error", "message": refusal.message}
        return wire.reply(failed, refusal.code)


def _decoded() -> dict[str, str]:
    asked = strict_json.loads(flask.request.get_data())
    kind = asked.get("transType") if isinstance(asked, dict) else None
    if kind not in (_SCAN, _CHECK):
        raise InvalidInput(f"transType 须为 {_SCAN} 或 {_CHECK}")
    data = asked.get("data")
    if not isinstance(data, dict):
        raise InvalidInput("缺少 data")
    return _scanned(data) if kind == _SCAN else _checked(data)


def _scanned(data: dict[str, Any]) -> dict[str, str]:
    """Use up the code in front of the scanner."""
    code = _text(data, "ecQrCode", "未扫描到医保码")
    with context.world().write() as tx:
        found = decode(
            tx,
            code=code,
            institution=_text(data, "orgId", "缺少机构编号 orgId"),
            purpose=_text(data, "businessType", "缺少用码业务类型 businessType"),
            operator=_text(data, "operatorId", "缺少操作员编号 operatorId"),
            operator_name=_text(data, "operatorName", "缺少操作员姓名 operatorName"),
        )
    context.note(op=_SCAN, person=found.person.psn_no)
    made = found.decoded
    return _identity(found.person, found.region, made.auth_no) | {
        "ecToken": made.token,
        "chnlId": made.channel or "",
        "ecQrCode": code,
    }


def _checked(data: dict[str, Any]) -> dict[str, str]:
    """Tell whose serial number it is, to the institution that it was given to."""
    auth_no = _text(data, "authNo", "缺少授权流水号 authNo")
    with context.world().read() as tx:
        place = institutions.get(tx, _text(data, "orgId", "缺少机构编号 orgId")).code
        person = people.get(tx, credentials.of_auth_no(tx, auth_no, place))
        region = parts.region_of(tx, person)
    context.note(op=_CHECK, person=person.psn_no)
    return _identity(person, region, auth_no)


def _identity(person: Person, region: str, auth_no: str) -> dict[str, str]:
    return {
        "userName": person.name,
        "idNo": person.id_no,
        "idType": person.id_type,
        "insuOrg": region,
        "authNo": auth_no,
        "ecIndexNo": auth_no.removeprefix("AUTH"),
        "gender": person.sex,
        "birthday": person.birth.isoformat(),
        "nationality": "中国",
        "email": "",
    }


def _text(data: dict[str, Any], name: str, missing: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value or len(value) > 200:  # noqa: PLR2004 - longer than any field of the source
        raise InvalidInput(missing)
    return value
