"""9101 文件上传."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import clock, reconciliation
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.faults import striking
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case, Values

_BYTES: Final = range(-128, 256)  # some senders count bytes with a sign
_PART: Final = "file"


def upload(case: Case) -> Values:
    """Keep a file of the institution: a part beside the message, or its bytes within."""
    asked = case.input["fsUploadIn"]
    own(case, asked)
    content = case.files.get(_PART)
    if content is None:
        content = _bytes(asked["in"])
    if striking.at("recon.file_corrupt") is not None:
        content = damaged(content)
    made = reconciliation.keep(case.tx, case.institution.code, asked["filename"], content)
    return {
        "file_qury_no": made.number,
        "filename": made.name,
        "fixmedins_code": made.institution,
        "dld_endtime": f"{clock.from_us(made.expires_us):%Y-%m-%d %H:%M:%S}",
    }


def own(case: Case, asked: Values) -> None:
    """Refuse a message that names another institution inside than outside."""
    if asked["fixmedins_code"] != case.institution.code:
        raise InvalidInput("fixmedins_code 与报文的定点医药机构编号不一致", field="fixmedins_code")


def damaged(content: bytes) -> bytes:
    """Return a file as it arrives when a piece of it was lost on the way."""
    return content[: len(content) // 2] or content[:1]


def _bytes(given: Any) -> bytes:
    """Return bytes that stand in JSON: an array of numbers, or base64."""
    if isinstance(given, str):
        try:
            return base64.b64decode(given, validate=True)
        except binascii.Error as error:
            raise InvalidInput("in 须为字节数组或base64文本", field="in") from error
    if not isinstance(given, list) or not all(type(each) is int and each in _BYTES for each in given):
        raise InvalidInput("缺少文件：须以 multipart 的 file 部分或 in 字节数组上传", field="in")
    return bytes(each & 0xFF for each in given)


TRANSACTION: Final = writing("9101", upload, brief=False)
