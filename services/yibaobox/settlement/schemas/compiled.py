"""Plain Python validators, generated from the same specification as the marshmallow schemas.

A generated function takes one JSON object and returns its typed form, or None when anything is not allowed: it accepts
fast and says nothing about why not. `source` shows what was generated, and tracebacks do too.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from yibaobox.settlement.catalogue import Field, Form, Node, Profile, codes, spec
from yibaobox.settlement.schemas import primitives
from yibaobox.settlement.schemas.contract import UNITS, Unknown

Validator = Callable[[object], dict[str, Any] | None]
_READERS: Final[dict[Form, Callable[[object], Any]]] = {
    Form.DATE: primitives.day,
    Form.TIME: primitives.moment,
    Form.SERIAL: primitives.serial,
}


@cache
def validator(infno: str, profile: Profile = "base", unknown: Unknown = "ignore") -> Validator:
    """Return the validator of the `input` of a transaction."""
    return compile_node(spec(infno).asks, profile, unknown, f"{infno} {profile} {unknown}")


def source(infno: str, profile: Profile = "base", unknown: Unknown = "ignore") -> str:
    """Return the generated Python of a validator, for reading."""
    return _generate(spec(infno).asks, profile, unknown)[0]


def compile_node(node: Node, profile: Profile, unknown: Unknown, label: str) -> Validator:
    """Generate and compile the validator of a node; its text is kept for tracebacks."""
    text, names = _generate(node, profile, unknown)
    return executed(text, names, f"<validator {label}>")["read_input"]  # type: ignore[no-any-return]


def executed(text: str, names: dict[str, Any], place: str) -> dict[str, Any]:
    """Run the text of functions and return `names` with them; the text is kept for tracebacks under its place."""
    # Only text made here from the package's own catalogue is executed.
    exec(compile(text, place, "exec"), names)  # noqa: S102
    linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
    return names


def _generate(node: Node, profile: Profile, unknown: Unknown) -> tuple[str, dict[str, Any]]:
    writer = _Writer(profile, unknown)
    writer.node("input", node)
    return "\n\n\n".join(writer.functions) + "\n", writer.names


class _Writer:
    """Collects the functions of one message, innermost node first, and the objects that their names stand for."""

    def __init__(self, profile: Profile, unknown: Unknown) -> None:
        self.profile = profile
        self.unknown = unknown
        self.functions: list[str] = []
        self.names: dict[str, Any] = {}

    def node(self, name: str, node: Node) -> str:
        """Write the function of a node and return its name."""
        function = f"read_{name}"
        lines = [f"def {function}(row):", "    if type(row) is not dict:", "        return None"]
        if self.unknown == "refuse":
            allowed = frozenset(known for field in node.fields for known in (field.name, *field.aliases))
            lines += [f"    if not {self._let(f'known_{name}', allowed)}.issuperset(row):", "        return None"]
        lines.append("    get = row.get")
        for index, field in enumerate(node.fields):
            lines += [f"    {line}" for line in self._field(field, f"v{index}", name)]
        lines.append("    return {")
        lines += [f"        {field.name!r}: v{index}," for index, field in enumerate(node.fields)]
        lines.append("    }")
        self.functions.append("\n".join(lines))
        return function

    def _let(self, name: str, value: object) -> str:
        self.names[name] = value
        return name

    def _field(self, field: Field, v: str, above: str) -> list[str]:
        lines = [f"{v} = get({field.name!r})"]
        for alias in field.aliases:
            lines += [f"if {v} is None and {field.name!r} not in row:", f"    {v} = get({alias!r})"]
        required = self.profile in field.required_in
        if field.child is not None:
            return lines + self._child(
                field.child, v, required=required, function=self.node(_nested(above, field), field.child)
            )
        if field.form is Form.TEXT:
            return lines + self._text(field, v, required=required)
        return lines + self._value(field, v, required=required)

    def _child(self, child: Node, v: str, *, required: bool, function: str) -> list[str]:
        empty = "[]" if child.is_array else "None"
        absent = [f"if {v} is None:", f"    {v} = {empty}"]
        if child.is_array:
            least = f" or not {v}" if required else ""
            bad = f"if type({v}) is not list{least}:"
            rows = [f"    {v} = [{function}(each) for each in {v}]", f"    if None in {v}:", "        return None"]
            return _either(required, absent, [bad, "    return None"], ["if True:", *rows])
        read = [f"    {v} = {function}({v})", f"    if {v} is None:", "        return None"]
        return _either(required, absent, [], ["if True:", *read])

    def _text(self, field: Field, v: str, *, required: bool) -> list[str]:
        wrong = [f"type({v}) is not str"]
        if field.codes:
            wrong.append(f"{v} not in {self._let(f'codes_{field.codes}', frozenset(codes(field.codes)))}")
        if required and not field.blank:
            wrong.append(f"not 0 < len({v}) <= {field.length}" if field.length else f"not {v}")
        elif field.length:
            wrong.append(f"len({v}) > {field.length}")
        check = [f"if {' or '.join(wrong)}:", "    return None"]
        return check if required else [f"if {v} is None or {v} == '':", f"    {v} = None", f"el{check[0]}", check[1]]

    def _value(self, field: Field, v: str, *, required: bool) -> list[str]:
        reader = self._reader(field)
        if reader == "":
            return self._unread(field, v, required=required)
        read = [f"{v} = {reader}({v})", f"if {v} is None:", "    return None"]
        if required:
            return read
        return [f"if {v} is None or {v} == '':", f"    {v} = None", "else:", *(f"    {line}" for line in read)]

    def _unread(self, field: Field, v: str, *, required: bool) -> list[str]:
        """Write the check of a boolean, or of a value that may be anything."""
        wrong = f"if type({v}) is not bool:" if field.form is Form.BOOL else f"if {v} is None:"
        if required:
            return [wrong, "    return None"]
        absent = [f"if {v} is None or {v} == '':", f"    {v} = None"]
        return [*absent, f"el{wrong}", "    return None"] if field.form is Form.BOOL else absent

    def _reader(self, field: Field) -> str:
        """Return the name of the function that reads the value; none for booleans and values of any type."""
        if field.form in {Form.BOOL, Form.ANY}:
            return ""
        if field.form is Form.SERIAL and self.profile == "hunan":
            return self._let("serial_hunan", primitives.serial_hunan)
        if field.form in _READERS:
            return self._let(field.form.value, _READERS[field.form])
        total = primitives.TOTAL_UNSTATED if field.total is None else field.total
        scale = primitives.SCALE_UNSTATED if field.scale is None else field.scale
        name = f"{field.form.value}_{total}_{scale}"
        if name not in self.names:
            is_decimal = field.form is Form.DECIMAL
            self.names[name] = (
                primitives.decimal(total, scale) if is_decimal else primitives.scaled(total, scale, UNITS[field.form])
            )
        return name


def _nested(above: str, field: Field) -> str:
    return f"{above}_{''.join(letter if letter.isalnum() else '_' for letter in field.name)}"


def _either(required: bool, absent: list[str], check: list[str], read: list[str]) -> list[str]:  # noqa: FBT001
    if required:
        return [*check, *(line.removeprefix("    ") for line in read[1:])]
    inner = [*(f"    {line}" for line in check), *read[1:]]
    return [*absent, "else:", *inner]
