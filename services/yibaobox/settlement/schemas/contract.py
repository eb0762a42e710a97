"""marshmallow schemas of every transaction, made from the catalogue: the contract, and the words for what breaks it."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, ClassVar, Final, Literal, cast

from marshmallow import EXCLUDE, RAISE, Schema, fields, missing, pre_load
from marshmallow.validate import Length

from yibaobox.domain.clock import SHANGHAI
from yibaobox.settlement.catalogue import Field, Form, Node, Profile, codes, spec
from yibaobox.settlement.schemas.primitives import (
    INTEGER_LIMIT,
    SCALE_UNSTATED,
    SERIAL_DIGITS_HUNAN,
    TOTAL_UNSTATED,
)

Unknown = Literal["ignore", "refuse"]
UNITS: Final = {Form.FEN: 2, Form.E4: 4, Form.E6: 6, Form.PPM: 6, Form.INTEGER: 0}
_YEAR_FROM: Final = 1900


class WireField(fields.Field[Any]):
    """A field of the national interface: null is absent, and so is "" where the field is optional."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own declaration
        "required": "必填",
        "null": "必填",
        "empty": "不能为空",
        "type": "应为文本",
        "number": "应为数字或数字文本",
        "format": "不是规范的数字（不接受空格、正号、指数、前导零、全角字符）",
        "digits": "超出{total}位数字的范围",
        "decimals": "小数位超过{scale}位",
        "length": "长度{actual}超过{limit}",
        "code": "“{value}”不在代码表{codes}中",
        "date": "应为日期 yyyy-MM-dd",
        "time": "应为时间 yyyy-MM-dd HH:mm:ss",
        "serial": "应为非零的数字，不超过15位",
        "bool": "应为 true 或 false",
    }

    def __init__(self, wire: Field, profile: Profile) -> None:
        self.wire = wire
        self.profile = profile
        required = profile in wire.required_in
        metadata = {"description": wire.zh}
        if required:
            super().__init__(required=True, allow_none=False, metadata=metadata)
        else:
            super().__init__(load_default=None, allow_none=True, metadata=metadata)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if value == "" and isinstance(value, str) and not self.required:
            return None
        return self.read(value)

    def read(self, value: Any) -> Any:
        """Return the typed value or raise the error that names what is wrong."""
        return value


class TextField(WireField):
    """Text with its length and, where there is one, its code list."""

    def read(self, value: Any) -> str:
        """Return the text."""
        if not isinstance(value, str):
            raise self.make_error("type")
        if value == "" and not self.wire.blank:
            raise self.make_error("empty")
        if self.wire.length is not None and len(value) > self.wire.length:
            raise self.make_error("length", actual=len(value), limit=self.wire.length)
        if self.wire.codes and value not in codes(self.wire.codes):
            raise self.make_error("code", value=value[:20], codes=self.wire.codes)
        return value


class SerialField(WireField):
    """A serial number: text, or a whole JSON number that becomes text."""

    limit: ClassVar[int] = 30

    def read(self, value: Any) -> str:
        """Return the serial number as text."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < INTEGER_LIMIT:
            value = format(value, "d")
        if not isinstance(value, str):
            raise self.make_error("type")
        if value == "":
            raise self.make_error("empty")
        if len(value) > self.limit:
            raise self.make_error("length", actual=len(value), limit=self.limit)
        if self.profile == "hunan" and not re.fullmatch(rf"(?=0*[1-9])[0-9]{{1,{SERIAL_DIGITS_HUNAN}}}", value):
            raise self.make_error("serial")
        return value


class DecimalField(WireField):
    """A number as JSON number or text, exact, no more decimals than its type has."""

    _plain: ClassVar[re.Pattern[str]] = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)

    def read(self, value: Any) -> Decimal | int:
        """Return the number."""
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
            raise self.make_error("number")
        if isinstance(value, int) and abs(value) >= INTEGER_LIMIT:
            raise self.make_error("digits", total=self.wire.total)
        text = str(value)
        if text == "":
            raise self.make_error("empty")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise self.make_error("format") from None
        if self._plain.fullmatch(text) is None or (number.is_zero() and number.is_signed()):
            raise self.make_error("format")
        self._bound(number)
        return number

    def _bound(self, number: Decimal) -> None:
        scale = SCALE_UNSTATED if self.wire.scale is None else self.wire.scale
        total = TOTAL_UNSTATED if self.wire.total is None else self.wire.total
        if -cast("int", number.as_tuple().exponent) > scale:
            raise self.make_error("decimals", scale=scale)
        if number.adjusted() >= total - scale and not number.is_zero():
            raise self.make_error("digits", total=total)


class ScaledField(DecimalField):
    """A number kept as a whole count of its unit: fen, 10^-4, 10^-6, parts per million."""

    def read(self, value: Any) -> int:
        """Return the number of units."""
        number = super().read(value)
        return int(number * 10 ** UNITS[self.wire.form])


class DateField(WireField):
    """A day."""

    def read(self, value: Any) -> date:
        """Return the day."""
        try:
            if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
                parsed = date(int(value[:4]), int(value[5:7]), int(value[8:]))
                if parsed.year >= _YEAR_FROM:
                    return parsed
        except ValueError:
            pass
        raise self.make_error("date")


class TimeField(WireField):
    """An instant, to the second, in China."""

    def read(self, value: Any) -> datetime:
        """Return the instant."""
        try:
            if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", value, re.ASCII):
                year, month, day, hour, minute, second = map(int, re.split(r"[- :]", value))
                if year >= _YEAR_FROM:
                    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)
        except ValueError:
            pass
        raise self.make_error("time")


class BoolField(WireField):
    """A JSON boolean."""

    def read(self, value: Any) -> bool:
        """Return the boolean."""
        if not isinstance(value, bool):
            raise self.make_error("bool")
        return value


class NodeField(fields.Nested):
    """An object or an array of objects; an optional array that is absent is empty."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own declaration
        "required": "缺少该节点",
        "null": "缺少该节点",
        "type": "应为数组",
    }

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """Return the dict or list of dicts."""
        if self.many and value is not None and value is not missing and not isinstance(value, list):
            raise self.make_error("type")
        result = super().deserialize(value, attr, data, **kwargs)
        return [] if result is None and self.many else result


_FIELDS: Final[dict[Form, type[WireField]]] = {
    Form.TEXT: TextField,
    Form.SERIAL: SerialField,
    Form.DECIMAL: DecimalField,
    Form.DATE: DateField,
    Form.TIME: TimeField,
    Form.BOOL: BoolField,
    Form.ANY: WireField,
}


class WireSchema(Schema):
    """What all schemas of the interface share: other spellings of a name are read as the name."""

    error_messages = {"type": "应为对象", "unknown": "不认识的字段"}  # noqa: RUF012 - as above
    aliases: ClassVar[dict[str, str]] = {}

    @pre_load
    def read_aliases(self, data: Any, **_kwargs: Any) -> Any:
        """Put values under their official names; the official spelling wins where both are there."""
        if not isinstance(data, dict) or not self.aliases.keys() & data.keys():
            return data
        official = {name: value for name, value in data.items() if name not in self.aliases}
        for alias, name in self.aliases.items():
            if alias in data:
                official.setdefault(name, data[alias])
        return official


@cache
def schema(infno: str, profile: Profile = "base", unknown: Unknown = "ignore") -> WireSchema:
    """Return the schema of the `input` of a transaction."""
    return schema_of(spec(infno).asks, profile, unknown, f"Input{infno}")()


def schema_of(node: Node, profile: Profile, unknown: Unknown, name: str) -> type[WireSchema]:
    """Make the schema class of a node."""
    meta = type("Meta", (), {"unknown": RAISE if unknown == "refuse" else EXCLUDE, "register": False})
    aliases = {alias: field.name for field in node.fields for alias in field.aliases}
    base = cast("type[WireSchema]", type(name, (WireSchema,), {"Meta": meta, "aliases": aliases}))
    members = {field.name: _member(field, profile, unknown, name) for field in node.fields}
    return cast("type[WireSchema]", base.from_dict(members, name=name))


def _member(field: Field, profile: Profile, unknown: Unknown, above: str) -> fields.Field[Any]:
    if field.child is None:
        kind = ScaledField if field.form in UNITS else _FIELDS[field.form]
        return kind(field, profile)
    nested = schema_of(field.child, profile, unknown, f"{above}_{field.name}")
    many = field.child.is_array
    if profile not in field.required_in:
        return NodeField(nested, many=many, allow_none=True, load_default=list if many else None)
    rows = Length(min=1, error="至少一行") if many else None
    return NodeField(nested, many=many, required=True, validate=rows)
