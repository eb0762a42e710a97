"""A ward and a counter: stays and sales as their software speaks, one from end to end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from clinic import Clinic, Reply
from yibaobox.cli.stories import ward

_numbers: Iterator[int] = itertools.count(1)


def numbered() -> str:
    """A number nobody used yet."""
    return str(next(_numbers))


class Ward(Clinic):
    """The ward of one institution in one world; `now` is the time of what it says."""

    def admission(self, person: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        """The input of 2401."""
        body = ward.admission(person, self.now, f"ZY{numbered()}")
        return body | {"mdtrtinfo": body["mdtrtinfo"] | changes}

    def try_admit(self, person: Mapping[str, Any], msgid: str | None = None, **changes: Any) -> Reply:
        """2401."""
        return self.call("2401", self.admission(person, **changes), msgid)

    def admit(self, person: Mapping[str, Any], **changes: Any) -> str:
        """2401; return 就诊ID."""
        number: str = self.try_admit(person, **changes).output["result"]["mdtrt_id"]
        return number

    def row(self, person: Mapping[str, Any], mdtrt_id: str, yuan: str, **changes: Any) -> dict[str, Any]:
        """One row of 2301: one piece of a class A item at this price."""
        return ward.charge(person, mdtrt_id, numbered(), yuan, self.now) | changes

    def charge(self, person: Mapping[str, Any], mdtrt_id: str, *yuan: str, **changes: Any) -> Reply:
        """2301, a row for each amount."""
        return self.charge_rows([self.row(person, mdtrt_id, each, **changes) for each in yuan])

    def charge_rows(self, rows: list[dict[str, Any]]) -> Reply:
        """2301."""
        return self.call("2301", {"feedetail": rows})

    def uncharge(self, person: Mapping[str, Any], mdtrt_id: str, feedetl_sn: str = "0000") -> Reply:
        """2302."""
        return self.call("2302", {"data": self._named(person, mdtrt_id) | {"feedetl_sn": feedetl_sn}})

    def change(self, person: Mapping[str, Any], mdtrt_id: str, **changes: Any) -> Reply:
        """2403."""
        body = ward.change(person, mdtrt_id, self.now, "ZY1")
        return self.call("2403", body | {"adminfo": body["adminfo"] | changes})

    def discharge(self, person: Mapping[str, Any], mdtrt_id: str, **changes: Any) -> Reply:
        """2402."""
        body = ward.discharge(person, mdtrt_id, self.now)
        return self.call("2402", body | {"dscginfo": body["dscginfo"] | changes})

    def undischarge(self, person: Mapping[str, Any], mdtrt_id: str) -> Reply:
        """2405."""
        return self.call("2405", {"data": self._named(person, mdtrt_id)})

    def unadmit(self, person: Mapping[str, Any], mdtrt_id: str) -> Reply:
        """2404."""
        return self.call("2404", {"data": self._named(person, mdtrt_id)})

    def bill(self, person: Mapping[str, Any], mdtrt_id: str, yuan: str, /, **changes: Any) -> dict[str, Any]:
        """The input of 2303 and 2304."""
        body = ward.payment(person, mdtrt_id, yuan)
        return {"data": body["data"] | changes}

    def quote(self, person: Mapping[str, Any], mdtrt_id: str, yuan: str, /, **changes: Any) -> Reply:
        """2303."""
        return self.call("2303", self.bill(person, mdtrt_id, yuan, **changes))

    def pay(
        self, person: Mapping[str, Any], mdtrt_id: str, yuan: str, msgid: str | None = None, /, **changes: Any
    ) -> Reply:
        """2304."""
        return self.call("2304", self.bill(person, mdtrt_id, yuan, **changes), msgid)

    def unpay(self, person: Mapping[str, Any], mdtrt_id: str, setl_id: str) -> Reply:
        """2305."""
        return self.call("2305", {"data": self._named(person, mdtrt_id) | {"setl_id": setl_id}})

    def stayed(self, person: Mapping[str, Any], *yuan: str) -> str:
        """Admit, charge and discharge at one time; return 就诊ID."""
        number = self.admit(person)
        assert self.charge(person, number, *yuan).ok
        assert self.discharge(person, number).ok
        return number

    def _named(self, person: Mapping[str, Any], mdtrt_id: str) -> dict[str, Any]:
        return {"mdtrt_id": mdtrt_id, "psn_no": person["psn_no"]}


class Counter(Clinic):
    """The counter of a pharmacy or a school clinic."""

    def packs(self, *yuan: str) -> list[dict[str, Any]]:
        """A row for each amount."""
        return [ward.pack(numbered(), each, self.now) for each in yuan]

    def sale(self, person: Mapping[str, Any], yuan: str, /, **changes: Any) -> dict[str, Any]:
        """The input of 2101 and 2102: one pack that costs the whole total."""
        rows = changes.pop("rows", None) or self.packs(yuan)
        body = ward.sale(person, rows, yuan, self.now)
        return body | {"druginfo": body["druginfo"] | changes}

    def ask_price(self, person: Mapping[str, Any], yuan: str, /, **changes: Any) -> Reply:
        """2101."""
        return self.call("2101", self.sale(person, yuan, **changes))

    def sell(self, person: Mapping[str, Any], yuan: str, msgid: str | None = None, /, **changes: Any) -> Reply:
        """2102."""
        return self.call("2102", self.sale(person, yuan, **changes), msgid)

    def take_back(self, person: Mapping[str, Any], setlinfo: Mapping[str, Any]) -> Reply:
        """2103."""
        named = {name: setlinfo[name] for name in ("setl_id", "mdtrt_id")}
        return self.call("2103", {"data": named | {"psn_no": person["psn_no"]}})
