"""The sheets that travel as files: one UTF-8 text in a ZIP, a line per row, columns between tabs, `null` for nothing.

A ZIP is read with bounds on what it unpacks to, whatever its directory says of itself.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.money import parse_yuan
from yibaobox.domain.reconciliation.compare import Row

UNPACKED_MAX: Final = 16 << 20  # bytes
ROWS_MAX: Final = 100_000
NOTHING: Final = "null"
_COLUMNS: Final = (
    "setl_id",
    "mdtrt_id",
    "psn_no",
    "medfee_sumamt",
    "fund_pay_sumamt",
    "acct_pay",
    "refd_setl_flag",
)
_TEXT_MAX: Final = 30
_FLAGS: Final = ("0", "1")
_THEN: Final = (2000, 1, 1, 0, 0, 0)  # the same rows make the same bytes


class FileUnreadable(InvalidInput):
    """The file is no archive of one sheet, or its rows are not of the columns that are asked for."""

    code = "FILE_UNREADABLE"


def unpacked(content: bytes) -> str:
    """Return the one text in a ZIP."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(_only(archive)) as stream:
            data = stream.read(UNPACKED_MAX + 1)
    except FileUnreadable:
        raise
    except Exception as error:  # a broken archive breaks the reader in many ways
        raise FileUnreadable("文件不是完整的ZIP压缩包") from error
    if len(data) > UNPACKED_MAX:
        raise FileUnreadable(f"文件解压后超过{UNPACKED_MAX >> 20}MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnreadable("TXT文件须为UTF-8编码") from error


def _only(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if len(entries) != 1 or entries[0].is_dir() or entries[0].flag_bits & 1:
        raise FileUnreadable("压缩包内须恰有一个未加密的TXT文件")
    return entries[0]


def packed(name: str, lines: Iterable[Sequence[str | None]]) -> bytes:
    """Return rows as a ZIP with one text of that name."""
    text = "".join("\t".join(NOTHING if cell is None else _plain(cell) for cell in line) + "\n" for line in lines)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        entry = zipfile.ZipInfo(name, _THEN)
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, text.encode())
    return made.getvalue()


def rows(text: str) -> list[Row]:
    """Return the rows of an institution's sheet of seven columns; FileUnreadable names the line that cannot be read."""
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip("\t ")]
    if len(lines) > ROWS_MAX:
        raise FileUnreadable(f"对账明细超过{ROWS_MAX}行")
    return list(_read(lines))


def _read(lines: Sequence[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        cells = [cell.strip(" ") for cell in line.split("\t")]
        if len(cells) != len(_COLUMNS):
            raise FileUnreadable(f"第{number}行有{len(cells)}列，应为{len(_COLUMNS)}列", line=number)
        for name, cell in zip(_COLUMNS, cells, strict=True):
            if cell in ("", NOTHING) or len(cell) > _TEXT_MAX or not cell.isprintable():
                raise FileUnreadable(f"第{number}行的 {name} 为空或无法识别", line=number, field=name)
        if cells[-1] not in _FLAGS:
            raise FileUnreadable(f"第{number}行的 refd_setl_flag 须为0或1", line=number, field="refd_setl_flag")
        setl_id, mdtrt_id, psn_no, *amounts, flag = cells
        yield Row(setl_id, mdtrt_id, psn_no, *_amounts(number, amounts), flag)


def _amounts(number: int, cells: Sequence[str]) -> tuple[int, int, int]:
    try:
        total, fund, account = (parse_yuan(cell) for cell in cells)
    except InvalidInput as error:
        raise FileUnreadable(f"第{number}行的金额无法识别：{error.message}", line=number) from error
    return total, fund, account


def _plain(cell: str) -> str:
    return "".join(" " if char in "\t\r\n" else char for char in cell)
