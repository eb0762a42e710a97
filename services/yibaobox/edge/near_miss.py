"""Near misses: which operation a request that found none comes closest to, and where it differs first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final
from urllib.parse import quote

from yibaobox.edge import faulting

ADDRESSES: Final = "yibaobox.addresses"  # of a Flask application: address of the national interface → its infnos
_CLOSE: Final = 0.55
_PATH_MAX: Final = 300
_METHODS: Final = ("GET", "POST", "PUT", "DELETE")
_PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that could have been asked: a method and an address, whose parts in `<…>` stand for anything."""

    method: str
    path: str
    infnos: tuple[str, ...] = ()

    def filled(self, path: str) -> str:
        """Return the address with its open parts filled in from the one that was asked."""
        parts = zip_longest(self.path.split("/"), path.split("/")[: self.path.count("/") + 1])
        return "/".join((asked or own) if own.startswith("<") else own for own, asked in parts if own is not None)


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The closest operation, and the first thing in which the request differs from it."""

    operation: Operation
    field: str
    yours: str
    theirs: str

    def shown(self) -> dict[str, str]:
        """Return what the journal keeps."""
        closest = f"{self.operation.method} {self.operation.path}"
        return {"closest": closest, "differs": self.field, "yours": self.yours, "theirs": self.theirs}

    def hint(self) -> str:
        """Return it as the value of a header: printable ASCII."""
        told = self.shown()
        text = f"closest: {told['closest']}; {told['differs']} differs: yours {told['yours']}, theirs {told['theirs']}"
        return quote(text, safe=_PRINTABLE)[:_PATH_MAX]


def operations(services: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Return all operations of the services that tell of theirs."""
    return tuple(each for service in services.values() for each in _of(service))


def find(known: tuple[Operation, ...], method: str, path: str, body: bytes) -> NearMiss | None:
    """Return the near miss of a request that found no operation; nothing when none comes close, or one fits."""
    path = path[:_PATH_MAX]
    best, ratio = None, _CLOSE
    addresses = [(operation, operation.filled(path)) for operation in known]
    meant = next((one for one, filled in addresses if filled == path and one.method == method), None)
    if meant is not None:
        return _difference(meant, method, path, body)
    for operation, filled in addresses:
        found = _likeness(filled, path, ratio) + (0.01 if operation.method == method else 0)
        if found > ratio:
            best, ratio = operation, found
    return None if best is None else _difference(best, method, path, body)


def _difference(closest: Operation, method: str, path: str, body: bytes) -> NearMiss | None:
    theirs, yours = closest.filled(path).split("/"), path.split("/")
    for place, (own, asked) in enumerate(zip_longest(theirs, yours, fillvalue="")):
        if own != asked:
            return NearMiss(closest, f"path segment {place}", asked or "(nothing)", own or "(nothing)")
    if closest.method != method:
        return NearMiss(closest, "method", method, closest.method)
    infno = str(faulting.told(body).get("infno", ""))[:8]
    if closest.infnos and infno not in closest.infnos:
        nearest = max(closest.infnos, key=lambda each: SequenceMatcher(None, each, infno).ratio())
        return NearMiss(closest, "infno", infno or "(nothing)", nearest)
    return None


def _likeness(one: str, other: str, least: float) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    return matcher.ratio()


def _of(service: Any) -> Iterator[Operation]:
    addresses: Mapping[str, tuple[str, ...]] = getattr(service, "extensions", {}).get(ADDRESSES, {})
    for path, infnos in addresses.items():
        yield Operation("POST", path, infnos)
    rules: Iterator[Any] = getattr(getattr(service, "url_map", None), "iter_rules", lambda: iter(()))()
    for rule in rules:
        if "<path:" not in rule.rule:
            path = "/".join("<>" if part.startswith("<") else part for part in rule.rule.split("/"))
            yield from (Operation(method, path) for method in _METHODS if method in (rule.methods or ()))
