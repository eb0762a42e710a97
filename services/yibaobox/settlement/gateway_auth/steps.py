"""A signature looked at step by step: what was expected, what was sent, and where the first difference lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One step of checking; `ok` None: an earlier step failed, so it says nothing."""

    name: str
    ok: bool | None
    expected: str = ""
    given: str = ""
    note: str = ""

    def shown(self) -> dict[str, Any]:
        """Return the step as the control API shows it."""
        return {
            "step": self.name,
            "ok": self.ok,
            "expected": self.expected,
            "given": self.given,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Way:
    """One way to make a signature, right or a usual slip: by name, what is signed, with what digest, how written."""

    text_name: str
    text: str
    digest: str
    encoding: str


def present(headers: Mapping[str, str], names: Iterable[str]) -> Step:
    """Check that all headers are there."""
    absent = [name for name in names if not headers.get(name)]
    return Step("headers", not absent, ", ".join(names), ", ".join(absent) and f"missing: {', '.join(absent)}")


def window(stamp: str, now: int, allowed: int, digits: int, unit: str) -> Step:
    """Check a timestamp: its digits, then its distance from now."""
    told = f"{digits} digits ({unit}), within {allowed} {unit} of {now}"
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) == digits):
        return Step("timestamp", ok=False, expected=told, given=stamp, note=f"it has {len(stamp)} characters")
    away = int(stamp) - now
    return Step("timestamp", abs(away) <= allowed, told, stamp, f"{away} {unit} from the sandbox's clock on the wall")


def signature(right: Way, ways: Iterable[Way], sent: str, made: Callable[[Way], str]) -> list[Step]:
    """Compare what was signed, the digest and the encoding with those of the way that gives what was sent."""
    found = next((way for way in ways if made(way) == sent), None)
    if found is None:
        expected = made(right)
        pairs = enumerate(zip(expected, sent, strict=False))
        at = next((place for place, (own, theirs) in pairs if own != theirs), min(len(expected), len(sent)))
        return [
            Step("canonical string", None, right.text, note="no usual slip gives what was sent: is it the right key?"),
            Step("signature", ok=False, expected=expected, given=sent, note=f"they differ from character {at}"),
        ]
    return [
        Step("canonical string", found.text == right.text, right.text, found.text, found.text_name),
        Step("digest", found.digest == right.digest, right.digest, found.digest),
        Step("encoding", found.encoding == right.encoding, right.encoding, found.encoding),
        Step("signature", found == right, made(right), sent),
    ]
