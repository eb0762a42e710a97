"""What a kind of fault is: a name, where it strikes, which requests it can strike, which parameters it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from yibaobox.domain import clock
from yibaobox.domain.errors import InvalidInput

BEFORE: Final = "before_effect"
WITHIN: Final = "within"
AFTER: Final = "after_commit"
TEXT_MAX: Final = 200

Value = str | int
Form = Literal["integer", "text", "choice", "instant"]


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter; `minimum` and `maximum` bound an integer. Without a default it must be given."""

    name: str
    form: Form = "integer"
    default: Value | None = None
    minimum: int = 0
    maximum: int = 10**9
    choices: tuple[str, ...] = ()
    meaning: str = ""

    def read(self, value: object) -> Value:
        """Return a value as it is used, from JSON or from the text of a header; InvalidInput names what is wrong."""
        if self.form == "integer":
            return self._integer(value)
        if not isinstance(value, str) or not 0 < len(value) <= TEXT_MAX or not value.isprintable():
            raise self._wrong(f"须为1至{TEXT_MAX}个字符的文本")
        if self.form == "choice" and value not in self.choices:
            raise self._wrong("须为 " + "、".join(self.choices) + " 之一")
        if self.form == "instant":
            clock.parse_instant(value)
        return value

    def shown(self) -> dict[str, Any]:
        """Return the parameter as the control API shows it."""
        told: dict[str, Any] = {"name": self.name, "type": self.form, "meaning": self.meaning, "default": self.default}
        if self.form == "integer":
            told |= {"minimum": self.minimum, "maximum": self.maximum}
        return told | ({"choices": list(self.choices)} if self.choices else {})

    def _integer(self, value: object) -> int:
        if (
            isinstance(value, str)
            and value.isascii()
            and value.removeprefix("-").isdigit()
            and len(value) <= len(str(self.maximum)) + 1
        ):
            value = int(value)
        if isinstance(value, Decimal) and value == value.to_integral_value():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not self.minimum <= value <= self.maximum:
            raise self._wrong(f"须为 {self.minimum} 至 {self.maximum} 的整数")
        return value

    def _wrong(self, why: str) -> InvalidInput:
        return InvalidInput(f"故障参数 {self.name} {why}", field=self.name)


@dataclass(frozen=True, slots=True)
class Reach:
    """Which requests a kind can strike at all: by address (`*` stands for anything), method, number of the transaction.

    Without addresses every request but the control routes; `deliveries` means notifications on their way out instead.
    """

    paths: tuple[str, ...] = ()
    infnos: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    certs: tuple[str, ...] = ()
    deliveries: bool = False

    def covers(self, facts: Mapping[str, str]) -> bool:
        """Tell whether a request of these facts can be struck."""
        if self.deliveries != ("url" in facts):
            return False
        if self.infnos and facts.get("infno") not in self.infnos:
            return False
        if self.methods and facts.get("method") not in self.methods:
            return False
        if self.certs and facts.get("cert") not in self.certs:
            return False
        path = facts.get("path", "")
        if self.paths:
            return any(fnmatchcase(path, pattern) for pattern in self.paths)
        return not path.startswith("/_sandbox/")

    def shown(self) -> dict[str, list[str]]:
        """Return the reach as the control API shows it: only what narrows it."""
        told = {"paths": self.paths, "infnos": self.infnos, "methods": self.methods, "cert_types": self.certs}
        return {name: list(values) for name, values in told.items() if values}


EVERYTHING: Final = Reach()
NATIONAL: Final = Reach(("/fsi/*", "/mbs-fsi/*"))


def national(*infnos: str) -> Reach:
    """Return the reach of some transactions of the national interface."""
    return Reach(NATIONAL.paths, infnos)


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault there is: where it strikes and what happens then.

    `internal` kinds are set by other faults and are not offered; `control_only` ones are armed by a rule, never by a
    header or a name, because they take more down than one request.
    """

    name: str
    position: str
    meaning: str
    params: tuple[Param, ...] = ()
    reach: Reach = EVERYTHING
    control_only: bool = False
    internal: bool = False
    _by_name: Mapping[str, Param] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {param.name: param for param in self.params})

    @property
    def group(self) -> str:
        """The first word of the name, by which kinds are listed."""
        return self.name.partition(".")[0]

    def read(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return checked parameters with the defaults of those not given."""
        unknown = sorted(set(given) - set(self._by_name))
        if unknown:
            known = list(self._by_name)
            told = "它的参数有：" + "、".join(known) if known else "它没有参数"
            raise InvalidInput(f"故障 {self.name} 没有参数 {'、'.join(unknown)[:80]}；{told}", known=known)
        values: dict[str, Value] = {}
        for name, param in self._by_name.items():
            value = given.get(name)
            if value is not None:
                values[name] = param.read(value)
            elif param.default is not None:
                values[name] = param.default
            else:
                raise InvalidInput(f"故障 {self.name} 需要参数 {name}：{param.meaning}", field=name)
        return values
