"""Say in Chinese what is wrong with a message: which field of which row, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from yibaobox.settlement.catalogue import Node

_SPOKEN: Final = 3  # faults that the message itself names; the detail has all of them


def faults(messages: Mapping[Any, Any], node: Node) -> list[dict[str, str]]:
    """Return the faults of a marshmallow error tree in the order of the catalogue, each with path, zh and problem."""
    return [{"path": path, "zh": zh, "problem": problem} for path, zh, problem in _walk(messages, node, "")]


def sentence(found: list[dict[str, str]]) -> str:
    """Return the faults as one line, such as `feedetail[2].cnt（数量）：小数位超过4位`."""
    said = [f"{_named(fault)}：{fault['problem']}" for fault in found[:_SPOKEN]]
    rest = f" 等{len(found)}处" if len(found) > _SPOKEN else ""
    return "；".join(said) + rest


def _named(fault: dict[str, str]) -> str:
    return f"{fault['path'] or 'input'}（{fault['zh']}）" if fault["zh"] else fault["path"] or "input"


def _walk(messages: Any, node: Node, path: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(messages, Mapping):
        yield from ((path, "", str(problem)) for problem in messages)
        return
    order = {field.name: index for index, field in enumerate(node.fields)}
    for name, below in sorted(messages.items(), key=lambda item: order.get(item[0], len(order))):
        yield from _below(name, below, node, path)


def _below(name: Any, below: Any, node: Node, path: str) -> Iterator[tuple[str, str, str]]:
    if name == "_schema":
        yield from ((path, "", str(problem)) for problem in below)
        return
    field = node.field(name)
    here = f"{path}.{name[:40]}" if path else name[:40]
    if field is None or field.child is None:
        yield from ((here, field.zh if field else "", str(problem)) for problem in below)
    elif field.child.is_array and isinstance(below, Mapping) and "_schema" not in below:
        for row in sorted(below):
            yield from _walk(below[row], field.child, f"{here}[{row}]")
    else:
        yield from _walk(below, field.child, here)
