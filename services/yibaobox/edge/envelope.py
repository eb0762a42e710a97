"""The envelope of the national interface: one shape around every transaction, in and out.

Parsing takes a body whatever its Content-Type says, and `input` as an object or as a JSON string. Every reply is HTTP
200 with infcode 0 or -1 (a number); the machine code of a refusal stands in the header `X-Sandbox-Code`. Only a world
whose books are broken answers 503, for then a client must not take the refusal as final.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import le
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from yibaobox.domain import clock
from yibaobox.domain.errors import InvalidInput, Malformed, Refusal
from yibaobox.edge import strict_json
from yibaobox.edge.problems import CODE_HEADER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STANDING_HEADER: Final = "X-Sandbox-Standing"  # which of the reasons of NOT_ELIGIBLE it is
HINT_HEADER: Final = "X-Sandbox-Hint"  # what a gateway would never tell: why the signature differs
INFNO: Final = re.compile(r"\d{4}[A-Z]?", re.ASCII)
_MSGID: Final = re.compile(r"[\x21-\x7e]{1,40}", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f]")
_ADMDVS: Final = re.compile(r"\d{6}", re.ASCII)
_REQUIRED: Final = ("infno", "msgid", "fixmedins_code")
# Longest text of a header field. Where real clients are known to exceed the standard, theirs is the bound.
_LENGTHS: Final[Mapping[str, int]] = {
    "infno": 5,
    "msgid": 40,
    "mdtrtarea_admvs": 6,
    "insuplc_admdvs": 6,
    "recer_sys_code": 30,
    "dev_no": 100,
    "dev_safe_info": 2000,
    "cainfo": 1024,
    "signtype": 10,
    "infver": 10,
    "opter_type": 3,
    "opter": 30,
    "opter_name": 50,
    "inf_time": 30,
    "fixmedins_code": 30,
    "fixmedins_name": 200,
    "sign_no": 30,
}
_OUTSIDE: Final = frozenset({"inf_time", "sign_no", "cainfo", "signtype"})
_ERR_MSG: Final = 2000


@dataclass(frozen=True, slots=True)
class Attachment:
    """A reply outside the envelope: the raw file of 9102."""

    data: bytes
    filename: str = "download.zip"
    media_type: str = "application/octet-stream"


class Envelope(NamedTuple):
    """A request: its header fields as text (absent and null are ""), the input, uploaded parts."""

    header: Mapping[str, str]
    input: Mapping[str, Any]
    raw: Mapping[str, Any]
    files: Mapping[str, bytes] = {}

    @property
    def infno(self) -> str:
        """交易编号."""
        return self.header["infno"]

    @property
    def msgid(self) -> str:
        """发送方报文ID, opaque."""
        return self.header["msgid"]

    @property
    def institution(self) -> str:
        """定点医药机构编号."""
        return self.header["fixmedins_code"]

    def body(self) -> dict[str, Any]:
        """Return what two equal messages have in common: without sending time, sign-in and signature."""
        same = {**self.raw, "input": self.input}
        for name in _OUTSIDE:
            same.pop(name, None)
        if not self.files:
            return same
        return same | {"files": {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}}


def parse(data: bytes) -> Envelope:
    """Read an envelope; Malformed or InvalidInput when it is none."""
    raw = strict_json.loads(data)
    if not isinstance(raw, dict):
        raise Malformed("报文须为 JSON 对象")
    header = _header(raw)
    for name in _REQUIRED:
        if not header[name]:
            raise InvalidInput(f"{name} 不能为空", field=name)
    _check_forms(header)
    return Envelope(header, _input(raw.get("input")), raw)


def with_files(envelope: Envelope, files: Mapping[str, FileStorage]) -> Envelope:
    """Return the envelope with the parts that came beside it (9101 as multipart/form-data)."""
    return envelope._replace(files={name: part.stream.read() for name, part in files.items()})


def _header(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields as text; most messages have nothing else in them, and are looked at as one."""
    given = ["" if value is None else value for value in map(raw.get, _LENGTHS)]
    are_texts = set(map(type, given)) == {str} and "".join(given).isprintable()
    if are_texts and all(map(le, map(len, given), _LENGTHS.values())):
        return dict(zip(_LENGTHS, given, strict=True))
    return {name: _text(raw, name) for name in _LENGTHS}


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise InvalidInput(f"{name} 须为字符串", field=name)
    if len(value) > _LENGTHS[name]:
        raise InvalidInput(f"{name} 长度超过 {_LENGTHS[name]}", field=name)
    if not value.isprintable() and _CONTROL.search(value):
        raise InvalidInput(f"{name} 含有控制字符", field=name)
    return value


def _check_forms(header: Mapping[str, str]) -> None:
    if not INFNO.fullmatch(header["infno"]):
        raise InvalidInput("交易编号 infno 格式不正确", field="infno")
    if not _MSGID.fullmatch(header["msgid"]):
        raise InvalidInput("发送方报文ID msgid 须为 1 至 40 位可见字符", field="msgid")
    if not (header["fixmedins_code"].isascii() and header["fixmedins_code"].isalnum()):
        raise InvalidInput("定点医药机构编号 fixmedins_code 格式不正确", field="fixmedins_code")
    for name in ("mdtrtarea_admvs", "insuplc_admdvs"):
        if header[name] and not _ADMDVS.fullmatch(header[name]):
            raise InvalidInput(f"{name} 须为 6 位行政区划代码", field=name)


def _input(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = strict_json.loads(value.encode("utf-8"))
    if not isinstance(value, dict):
        raise InvalidInput("input 须为 JSON 对象", field="input")
    return value


class Numbered(NamedTuple):
    """The receiver's own number and time of a reply."""

    refmsgid: str
    time: str

    def of(self, admdvs: str) -> "Numbered":
        """Return the same number as that of a region."""
        return Numbered(f"{admdvs[:6]:0<6}{self.refmsgid[6:]}", self.time)


def numbered(admdvs: str, sequence: int) -> Numbered:
    """Return 接收方报文ID (region, wall time, ten digits) and 接收报文时间 (yyyyMMddHHmmssSSS)."""
    second, rest_us = divmod(clock.wall_us(), 1_000_000)
    stamp = _stamp(second)
    return Numbered(f"{admdvs[:6]:0<6}{stamp}{sequence % 10**10:010d}", f"{stamp}{rest_us // 1000:03d}")


@lru_cache(maxsize=8)
def _stamp(second: int) -> str:
    return clock.from_us(second * 1_000_000).strftime("%Y%m%d%H%M%S")


class Written(NamedTuple):
    """The body of a reply, and the tree that it was written from."""

    data: bytes
    tree: Mapping[str, Any]


def success(number: Numbered, output: Mapping[str, Any] | None) -> Written:
    """Return an accepted reply, as it is sent and stored."""
    tree = _reply(0, number, "", output)
    return Written(strict_json.encoded(tree, exact=True), tree)


def failure(number: Numbered, message: str, infcode: int = -1) -> str:
    """Return the text of a refused reply."""
    return strict_json.dumps(_reply(infcode, number, message[:_ERR_MSG], None))


_JSON: Final = (("Content-Type", "application/json; charset=utf-8"),)


class _Whole(Response):
    """A reply to a POST that stands here whole: it goes out as it is, without what others need to have looked after."""

    def __call__(self, _: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response(self.status, self.headers.to_wsgi_list())
        return cast("list[bytes]", self.response)


def response(text: str | bytes, *, code: str = "", replay: bool = False, status: int = 200) -> Response:
    """Return a reply as HTTP."""
    reply = _Whole(text, status, _JSON)
    if code:
        reply.headers[CODE_HEADER] = code
    if replay:
        reply.headers["X-Sandbox-Replay"] = "1"
    return reply


def of_refusal(refusal: Refusal, number: Numbered) -> Response:
    """Return a refusal in the envelope; a gateway's refusal brings its own body."""
    body = getattr(refusal, "body", None)
    text = failure(number, refusal.message) if body is None else strict_json.dumps(body)
    status = 503 if refusal.status == 503 else 200  # noqa: PLR2004 - service unavailable
    return marked(response(text, code=refusal.code, status=status), refusal)


def marked(reply: Response, refusal: Refusal) -> Response:
    """Put beside a refused reply what its format has no place for."""
    if hint := getattr(refusal, "hint", None):
        reply.headers[HINT_HEADER] = hint
    if standing := refusal.detail.get("standing"):
        reply.headers[STANDING_HEADER] = str(standing)
    return reply


def attached(attachment: Attachment) -> Response:
    """Return a file as HTTP."""
    reply = Response(attachment.data, content_type=attachment.media_type)
    reply.headers.set("Content-Disposition", "attachment", filename=attachment.filename)
    reply.headers["X-Content-Type-Options"] = "nosniff"
    return reply


def _reply(infcode: int, number: Numbered, message: str, output: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "infcode": infcode,
        "inf_refmsgid": number.refmsgid,
        "refmsg_time": number.time,
        "respond_time": number.time,
        "err_msg": message,
        "warn_msg": None,
        "cainfo": None,
        "signtype": None,
        "enctype": None,
        "output": output,
    }
