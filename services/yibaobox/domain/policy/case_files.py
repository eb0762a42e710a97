"""Files of policy cases: read them, compute each one, say where a result differs from what the file expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from yibaobox.domain.errors import Refusal
from yibaobox.domain.policy.evaluate import evaluate
from yibaobox.domain.policy.load import read_yaml
from yibaobox.domain.policy.model import PolicyDataError
from yibaobox.domain.policy.resolve import Book


def read_cases(text: str) -> list[Any]:
    """The cases of a text in YAML or JSON: a mapping with `cases`, a list, or one case; PolicyDataError."""
    try:
        found = read_yaml(text)
    except yaml.YAMLError as error:
        raise PolicyDataError(" ".join(str(error).split())) from error
    cases = found.get("cases", [found]) if isinstance(found, dict) else found
    if not isinstance(cases, list):
        raise PolicyDataError("there is no list of cases")
    return cases


def computed(case: Any, *, book: Book | None = None) -> dict[str, Any]:
    """A computed case: {"id", "result", "trace"}; of one that cannot be read the result is the refusal's code."""
    try:
        return evaluate(case, book=book)
    except Refusal as refusal:
        number = case.get("id") if isinstance(case, Mapping) else None
        said = {**refusal.detail, "code": refusal.code, "detail": refusal.message}
        return {"id": number, "result": said, "trace": [], "refused": True}


def differences(expected: Any, found: Any, path: str = "$") -> Iterator[str]:
    """Where a result is not what was expected: path, what was expected, what came."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key in expected:
            if key in found:
                yield from differences(expected[key], found[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}: expected {expected[key]!r}, found nothing"
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for place, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(one, other, f"{path}[{place}]")
    elif type(expected) is not type(found) or expected != found:
        yield f"{path}: expected {expected!r}, found {found!r}"
