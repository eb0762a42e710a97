"""Read the rows of the field catalogue and give their odd spellings one form.

The catalogue (`fields.csv`) keeps the facts as the source prints them. The tables below are the whole translation: a
spelling that stands in none of them is an error, never a guess.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final, TypeVar

_T = TypeVar("_T")


class Kind(StrEnum):
    """What a value is on the wire."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    BOOL = "bool"
    BYTES = "bytes"
    LIST = "list"
    OBJECT = "object"
    ANY = "any"


TYPES: Final[dict[str, Kind]] = {
    **dict.fromkeys(("S", "字符", "VARCHAR", "文本型", "大文本", "longtext", "Base64字符串"), Kind.TEXT),
    **dict.fromkeys(("N", "数字", "数值", "BigDecimal", "整型", "整数型", "整数类型"), Kind.NUMBER),
    **dict.fromkeys(("D", "日期"), Kind.DATE),
    **dict.fromkeys(("DT", "时间类型"), Kind.TIME),
    **dict.fromkeys(("B", "布尔"), Kind.BOOL),
    "BYTES": Kind.BYTES,
    **dict.fromkeys(("列表", "集合", "对象集合", "list", "List", "LIST", "字符串数组"), Kind.LIST),
    **dict.fromkeys(("参保人信息集合", "就诊信息集合", "诊断信息集合", "处方信息集合"), Kind.LIST),
    **dict.fromkeys(("手术操作集合", "规则标识集合", "违规明细集合"), Kind.LIST),
    **dict.fromkeys(("对象", "对象型", "DTO", "实体DTO", "节点", "Map集合", "Map<String,String>"), Kind.OBJECT),
    "JSON": Kind.ANY,
    "": Kind.ANY,  # printed without a type: the extension fields and the fields that hold a node
}
# Texts whose length is not printed as plain digits.
TEXT_LENGTHS: Final = {"": None, "2,000": 2000, "1K": 1024, "1M": 1024**2, "2M": 2 * 1024**2}
# A type that its own length contradicts: (type, length) → what is meant.
MISTYPED: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("S", "16,2"): ("N", "16,2"),  # 2305 hifdm_pay, a number in every other transaction
    ("S", "5,0"): ("N", "5,0"),  # 4401 patn_ipt_cnt
    ("N", "200"): ("S", "200"),  # a reason
    ("N", "255"): ("S", "255"),  # a name
    ("BigDecimal", "16"): ("N", "16,6"),  # 1318 hilist_pric_uplmt_amt: decimals lost, as `pric`
    ("BigDecimal", "5"): ("N", "5,4"),  # 1319 selfpay_prop, N5,4 elsewhere
}
REQUIRED: Final = {"Y": True, "是": True, "": False, "N": False}
CODED: Final = {"Y": True, "": False, "N": False}
# Notes that stand in the column of the flag: the row's columns stand one place to the left, the flag where `dict` is.
NOTES: Final = frozenset(
    {
        "yyyy-MM-dd",
        "0成功；-1异常",
        "如果没有就填默认值NMLC999",
        "按最小计价包装单位统计",
        "医药机构自定义批次号",
        "新增字段",
        "成功返回值为1，失败返回值为0。",
        "0.不平账 1:平账",
        "List<data1>",
        "List<data2>",
        "LONGTEXT",
    }
)
DIRECTIONS: Final = {"in": "in", "out": "out", "": "in"}  # 4901 describes what its package holds without a direction

_COLUMNS: Final = ("trx", "dir", "node", "seq", "name", "zh", "type", "len", "dict", "req", "seen_in")
_NUMBER: Final = re.compile(r"[(（]?(\d{1,2})(?:,(\d))?[)）]?", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*", re.ASCII)
_SEEN: Final = re.compile(r"H[C.-][M.-][S.-]", re.ASCII)


class CatalogueError(ValueError):
    """A row of the catalogue is spelt in a way that no table knows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of one node as the catalogue states it, in one spelling."""

    infno: str
    direction: str
    node: str
    name: str
    zh: str
    kind: Kind
    length: int | None  # characters of a text
    total: int | None  # digits of a number
    scale: int | None  # decimals of a number; None = not stated
    coded: bool
    required: bool
    seen_in: str  # one place a source, H C M S: the letter, "." = has the node without the field, "-" = no model


def normalise(row: dict[str, str]) -> Row:
    """Return one catalogue row in one spelling; CatalogueError on anything unknown."""
    row = _unshifted(row)
    kind_text, length_text = MISTYPED.get((row["type"], row["len"]), (row["type"], row["len"]))
    kind = _look_up(TYPES, kind_text, row)
    total, scale = _digits(length_text, row) if kind is Kind.NUMBER else (None, None)
    name = row["name"].replace(" ", "")  # two names were broken over a line
    if not _NAME.fullmatch(name) or not _SEEN.fullmatch(row["seen_in"]):
        raise _unknown(row)
    return Row(
        infno=row["trx"],
        direction=_look_up(DIRECTIONS, row["dir"], row),
        node=row["node"],
        name=name,
        zh=row["zh"],
        kind=kind,
        length=_text_length(length_text, row) if kind is Kind.TEXT else None,
        total=total,
        scale=scale,
        coded=_look_up(CODED, row["dict"], row),
        required=_look_up(REQUIRED, row["req"], row),
        seen_in=row["seen_in"],
    )


def rows_of(infno: str) -> list[Row]:
    """Return the rows of one transaction in the order of the catalogue; none for an unknown one."""
    text = _text()
    start = text.find(b"\n%s," % infno.encode())
    if start < 0:
        return []
    end = text.rfind(b"\n%s," % infno.encode())
    stop = text.find(b"\n", end + 1)
    return read(text[start + 1 : stop + 1 or None].decode().splitlines())


def read(lines: Iterable[str]) -> list[Row]:
    """Return the normalised rows of catalogue lines that come without the heading."""
    return [normalise(row) for row in csv.DictReader(lines, _COLUMNS)]


def all_rows() -> list[Row]:
    """Return every row of the catalogue (slow: tests and generated documents)."""
    return read(_text().decode().splitlines()[1:])


@cache
def _text() -> bytes:
    return files(__package__).joinpath("fields.csv").read_bytes()


def _unshifted(row: dict[str, str]) -> dict[str, str]:
    if row["req"] in NOTES:
        return row | {"dict": "", "req": row["dict"]}
    if row["len"] == "Y":
        return row | {"len": "", "dict": "Y", "req": row["dict"]}
    return row


def _digits(text: str, row: dict[str, str]) -> tuple[int | None, int | None]:
    if not text:
        return None, None
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise _unknown(row)
    return int(match[1]), int(match[2] or 0)


def _text_length(text: str, row: dict[str, str]) -> int | None:
    if text.isascii() and text.isdigit():
        return int(text)
    return _look_up(TEXT_LENGTHS, text, row)


def _look_up(table: dict[str, _T], key: str, row: dict[str, str]) -> _T:
    try:
        return table[key]
    except KeyError:
        raise _unknown(row) from None


def _unknown(row: dict[str, str]) -> CatalogueError:
    return CatalogueError(f"unknown spelling: {row}")
