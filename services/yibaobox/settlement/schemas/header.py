"""The envelope of a request: sixteen fields around `input`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.domain.errors import InvalidInput
from yibaobox.settlement.catalogue import Field, Form, Node, Profile
from yibaobox.settlement.schemas.compiled import Validator, compile_node
from yibaobox.settlement.schemas.contract import WireSchema, schema_of
from yibaobox.settlement.schemas.validate import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

_BOTH: Final[frozenset[Profile]] = frozenset({"base", "hunan"})


class _Line(NamedTuple):
    name: str
    zh: str
    length: int | None  # None = not enforced
    required: bool
    form: Form = Form.TEXT
    codes: str = ""


# Lengths as real clients need them where that is more than the printed one.
_LINES: Final = (
    _Line("infno", "交易编号", 6, required=True),
    _Line("msgid", "发送方报文ID", 40, required=True),  # opaque
    _Line("mdtrtarea_admvs", "就医地医保区划", 6, required=True),  # admvs: spelt so
    _Line("insuplc_admdvs", "参保地医保区划", 6, required=False),  # blank = local
    _Line("recer_sys_code", "接收方系统代码", 10, required=True),
    _Line("dev_no", "设备编号", 100, required=False),
    _Line("dev_safe_info", "设备安全信息", 2000, required=False),
    _Line("cainfo", "数字签名信息", 1024, required=False),
    _Line("signtype", "签名类型", 10, required=False),
    _Line("infver", "接口版本号", None, required=True),  # V1.0, 1.0.0, 1.0: not checked
    _Line("opter_type", "经办人类别", 3, required=True, codes="opter_type"),
    _Line("opter", "经办人", 30, required=True),
    _Line("opter_name", "经办人姓名", 50, required=True),
    _Line("inf_time", "交易时间", None, required=True, form=Form.TIME),
    _Line("fixmedins_code", "定点医药机构编号", 30, required=True),
    _Line("fixmedins_name", "定点医药机构名称", None, required=True),  # S20, real names exceed it
    _Line("sign_no", "交易签到流水号", 30, required=False),
)
HEADER: Final = Node(
    "",
    is_array=False,
    fields=tuple(
        Field(
            name=line.name,
            zh=line.zh,
            form=line.form,
            length=line.length,
            codes=line.codes,
            required_in=_BOTH if line.required else frozenset(),
        )
        for line in _LINES
    ),
)


_CHANGING: Final = ("msgid", "inf_time")
# What two messages of one sender have in common; of these as texts some are remembered that were right.
_SAME: Final = tuple(line.name for line in _LINES if line.name not in _CHANGING)
_RIGHT: Final[set[tuple[str | None, ...]]] = set()
_RIGHT_MAX: Final = 1024
_LONGEST: Final = 1000  # characters of one that is remembered
_TEXTS: Final = frozenset((str, type(None)))


def check_header(message: Mapping[str, Any]) -> None:
    """Raise InvalidInput where the header of a message is not right."""
    same = tuple(map(message.get, _SAME))
    if not _TEXTS.issuperset(map(type, same)):
        typed_header(message)
    elif same not in _RIGHT:
        typed_header(message)
        if len(_RIGHT) >= _RIGHT_MAX:
            _RIGHT.clear()
        if sum(map(len, filter(None, same))) <= _LONGEST:
            _RIGHT.add(same)
    elif _changing()({name: message.get(name) for name in _CHANGING}) is None:
        raise _refusal(message)


def typed_header(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the typed header fields of an envelope (inf_time a datetime, absent ones None); raise InvalidInput."""
    typed = _validator()(dict(message))
    if typed is None:
        raise _refusal(message)
    return typed


@cache
def header_schema() -> WireSchema:
    """Return the marshmallow schema of the header."""
    return schema_of(HEADER, "base", "ignore", "Header")()


@cache
def _validator() -> Validator:
    return compile_node(HEADER, "base", "ignore", "header")


@cache
def _changing() -> Validator:
    fields = tuple(field for field in HEADER.fields if field.name in _CHANGING)
    return compile_node(Node("", is_array=False, fields=fields), "base", "ignore", "changing header")


def _refusal(message: Mapping[str, Any]) -> InvalidInput:
    return refuse(header_schema(), HEADER, dict(message))
