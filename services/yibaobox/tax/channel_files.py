"""What channels write of a day, read: WeChat's bill, Alipay's zip, the lines of banks and cards, and a plain CSV."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from yibaobox.domain.errors import InvalidInput, PartyRefused, Refusal
from yibaobox.domain.money import parse_yuan
from yibaobox.tax import table

T = TypeVar("T")
HEAD: Final = ("name", "number", "amount_fen", "state")
OK: Final = "SUCCESS"
FAILED: Final = "FAILED"
_LINES_MAX: Final = 200_000
_DEBIT: Final = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the order's name, the party's own number, how much, whether it succeeded."""

    name: str
    number: str
    amount_fen: int
    ok: bool


def written(lines: Sequence[Line]) -> str:
    """Write lines as CSV, as `read` takes them."""
    told = io.StringIO()
    out = csv.writer(told, lineterminator="\n")
    out.writerow(HEAD)
    out.writerows((one.name, one.number, one.amount_fen, OK if one.ok else FAILED) for one in lines)
    return told.getvalue()


def read(text: str) -> list[Line]:
    """Read CSV with the columns name, number, amount_fen, state; refuse what is none, and a name that stands twice."""
    rows = table.rows(text, HEAD, called="对账文件", field="files", most=_LINES_MAX)
    lines = [_line(number, row) for number, row in rows]
    if len({one.name for one in lines}) != len(lines):
        raise InvalidInput("对账文件中有重复的单号", field="files")
    return lines


def of_wechat(content: bytes) -> list[Line]:
    """Read WeChat's bill of successful trades."""
    rows = [line.split(",") for line in content.decode("utf-8-sig").splitlines()[1:-2]]
    return [Line(_bare(row[6]), _bare(row[5]), parse_yuan(_bare(row[12])), ok=True) for row in rows]


def of_alipay(content: bytes) -> list[Line]:
    """Read the details in Alipay's zip; refunds are not looked at."""
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        name = next(one for one in bundle.namelist() if "汇总" not in one)
        rows = list(csv.reader(io.StringIO(bundle.read(name).decode("gbk"))))
    trades = [row for row in rows if len(row) > 11 and row[2] == "交易"]  # noqa: PLR2004 - 订单金额 is the twelfth
    return [Line(row[1].strip(), row[0].strip(), parse_yuan(row[11]), ok=True) for row in trades]


def of_debits(text: str) -> list[Line]:
    """Read the file of a channel that debits at once."""
    rows = [line.split("|") for line in text.splitlines()[1:]]
    debits = [row for row in rows if len(row) == _DEBIT and row[0] == "DEBIT"]
    return [Line(row[2], row[3], int(row[5]), ok=row[6] == OK) for row in debits]


def trusted(reader: Callable[[T], list[Line]], content: T) -> list[Line]:
    """Read a channel's file; one that cannot be read is the channel's fault."""
    try:
        return reader(content)
    except (ValueError, IndexError, StopIteration, csv.Error, zipfile.BadZipFile, Refusal):
        raise PartyRefused("支付渠道的对账文件无法读取") from None


def _line(number: int, row: list[str]) -> Line:
    if len(row) != len(HEAD) or not row[0] or row[3] not in {OK, FAILED} or not _is_fen(row[2]):
        raise InvalidInput(f"对账文件第{number}行格式不正确", field="files")
    return Line(row[0], row[1], int(row[2]), row[3] == OK)


def _is_fen(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 15  # noqa: PLR2004 - as amounts elsewhere


def _bare(cell: str) -> str:
    return cell.strip().removeprefix("`")
