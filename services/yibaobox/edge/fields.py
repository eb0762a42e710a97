"""Fields that take a value as it is or refuse it: nothing is coerced, rounded or cut.

The signatures are marshmallow's, which is why some arguments go unused.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

import marshmallow as ma

from yibaobox.domain import clock
from yibaobox.domain.errors import Refusal
from yibaobox.domain.people import id_numbers

TEXT_MAX: Final = 2000
_INT_MAX: Final = 10**18 - 1
_DIGITS: Final = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
_FEN_MAX: Final = 10**15
_SPACED_OFFSET: Final = re.compile(r" (\d\d:\d\d)\Z", re.ASCII)


class Schema(ma.Schema):
    """Base of every schema here: an unknown key is refused, order is kept.

    `asked` is set on what a request carries: the contract names bounds of texts there, of answers it does not.
    """

    asked = False

    class Meta:
        """Settings that marshmallow reads."""

        unknown = ma.RAISE

    def __deepcopy__(self, memo: dict[int, Any]) -> "Schema":
        """Stay one: each decorator of a view copies what the others said of it, schemas included, and changes none."""
        return self


class String(ma.fields.String):
    """Text, and only text, without control characters; at most 2,000 characters unless a Length says otherwise."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if len(value) > TEXT_MAX and not self.validators:
            raise ma.ValidationError("文本过长")
        if any(ord(char) < 32 and char not in "\t\n\r" for char in value):  # noqa: PLR2004 - C0 controls
            raise ma.ValidationError("文本含有控制字符")
        return str(super()._deserialize(value, attr, data, **kwargs))


class Integer(ma.fields.Integer):
    """A whole number of at most 18 digits: a JSON integer, in a query plain ASCII digits."""

    def __init__(self, *, minimum: int | None = None, maximum: int | None = None, **kwargs: Any) -> None:
        low, high = (-_INT_MAX if minimum is None else minimum), (_INT_MAX if maximum is None else maximum)
        super().__init__(strict=True, validate=ma.validate.Range(low, high), **kwargs)

    def _validated(self, value: Any) -> int:
        if isinstance(value, str) and self._in_query() and _DIGITS.fullmatch(value):
            return int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.make_error("invalid")
        return value

    def _in_query(self) -> bool:
        return bool(self.root and getattr(self.root, "textual", False))


class Money(Integer):
    """Whole fen, not negative: `account_fen`, `amount_fen`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(minimum=0, maximum=_FEN_MAX, **kwargs)


class Boolean(ma.fields.Boolean):
    """True or false of JSON; in a query the words `true` and `false`."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:  # noqa: ARG002
        if self.root and getattr(self.root, "textual", False) and value in ("true", "false"):
            return bool(value == "true")
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Instant(ma.fields.Field[datetime]):
    """RFC 3339 with an offset, in and out; in a query also one whose plus sign came unescaped, that is as a space."""

    described: ClassVar[Mapping[str, Any]] = {"type": "string", "format": "date-time"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:  # noqa: ARG002
        if self.root and getattr(self.root, "textual", False):
            value = _SPACED_OFFSET.sub(r"+\1", value)
        try:
            return clock.parse_instant(value)
        except Refusal as refusal:
            raise ma.ValidationError(refusal.message) from None

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002
        return value.isoformat() if isinstance(value, datetime) else value


class IdNumber(ma.fields.Field[str]):
    """An 18-character citizen ID number with a true date and check digit; a lower-case x is taken as X."""

    described: ClassVar[Mapping[str, Any]] = {
        "type": "string",
        "format": "citizen-id",
        "description": "18 characters, a true date and check digit",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:  # noqa: ARG002
        number = value.upper() if isinstance(value, str) else ""
        if not id_numbers.is_well_formed(number):
            raise ma.ValidationError("身份证号码不正确")
        return number


class Query(Schema):
    """Base of the schemas of query strings, where a number arrives as text."""

    textual = True
    asked = True
