"""A form is filled in as a whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibaobox.domain.errors import InvalidInput


def check_complete(form: Mapping[str, Any], required: Mapping[str, str]) -> None:
    """Refuse a form with empty required fields, naming all of them."""
    missing = {field: ["必填"] for field in required if form.get(field) in (None, "")}
    if missing:
        names = "、".join(required[field] for field in missing)
        raise InvalidInput(f"请填写：{names}", errors=missing)
