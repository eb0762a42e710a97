"""The catalogue (三大目录): synthetic drugs, services and consumables in the formats of the national codes.

One table for the whole sandbox, `items.csv`, one line an item. The codes have the national shape: drugs X and 22 more
characters, Chinese patent medicine Z and 19, herbs T and 9, services 00 and 13, consumables C and 19. But the maker, or
the extension of a service, is all nines, and herbs begin with T99: these items are nobody's. Names are generic, prices
invented.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from yibaobox.domain.errors import InvalidInput, UnknownItem

CLASSES: Final = MappingProxyType({"A": "01", "B": "02", "C": "03"})  # 甲 乙 丙 → code list `chrgitm_lv`
TYPES: Final = MappingProxyType(
    {
        "drug": "101",  # 西药中成药, code list `list_type`
        "herb": "102",  # 中药饮片
        "service": "201",  # 医疗服务项目
        "consumable": "301",  # 医用耗材
    }
)
_FEN_IN_PRICE_UNITS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that may stand on a bill.

    `first_pay_ppm` is what the person pays of it before any policy applies: none of class A, a part of class B, all of
    class C. `ceiling_fen` is the highest price of one unit that counts; without it every price does. Wire names of the
    rest: `charge_type` med_chrgitm_type, `list_type` list_type, `basic` bas_medn_flag, `negotiated` hi_nego_drug_flag,
    `child` chld_medc_flag, `restricted` lmt_used_flag.
    """

    code: str
    name: str
    spec: str
    unit: str
    list_type: str
    class_: str
    charge_type: str
    ceiling_fen: int | None
    first_pay_ppm: int
    basic: bool
    negotiated: bool
    child: bool
    restricted: bool

    @property
    def class_code(self) -> str:
        """The class as the wire writes it (chrgitm_lv): 01, 02 or 03."""
        return CLASSES[self.class_]

    @property
    def ceiling_price(self) -> int | None:
        """The ceiling in the unit of `pric`, 10^-6 yuan."""
        return None if self.ceiling_fen is None else self.ceiling_fen * _FEN_IN_PRICE_UNITS


def find(code: object) -> Item:
    """Return an item by its national code; refuse an unknown one by name."""
    item = _table().get(code) if isinstance(code, str) else None
    if item is None:
        shown = code[:50] if isinstance(code, str) else type(code).__name__
        raise UnknownItem(f"医疗目录编码{shown}不在沙箱目录中", code=shown)
    return item


def search(class_: str | None = None, type_: str | None = None) -> list[Item]:
    """Return the items of a class (A, B, C) and of a type (drug, herb, service, consumable, or its code), by code."""
    if class_ is not None and class_ not in CLASSES:
        raise InvalidInput("目录等级须为 A、B、C 之一", field="class")
    list_type = None if type_ is None else TYPES.get(type_, type_)
    if list_type not in (None, *TYPES.values()):
        raise InvalidInput(f"目录类别须为 {'、'.join(TYPES)} 之一", field="type")
    return [item for item in _table().values() if class_ in (None, item.class_) and list_type in (None, item.list_type)]


@cache
def _table() -> dict[str, Item]:
    text = resources.files(__package__).joinpath("items.csv").read_text(encoding="utf-8")
    items = [_item(row) for row in csv.DictReader(text.splitlines())]
    return {item.code: item for item in sorted(items, key=lambda item: item.code)}


def _item(row: dict[str, str]) -> Item:
    return Item(
        code=row["code"],
        name=row["name"],
        spec=row["spec"],
        unit=row["unit"],
        list_type=row["list_type"],
        class_=row["class"],
        charge_type=row["charge_type"],
        ceiling_fen=int(row["ceiling_fen"]) if row["ceiling_fen"] else None,
        first_pay_ppm=int(row["first_pay_ppm"]),
        basic=row["basic"] == "1",
        negotiated=row["negotiated"] == "1",
        child=row["child"] == "1",
        restricted=row["restricted"] == "1",
    )
