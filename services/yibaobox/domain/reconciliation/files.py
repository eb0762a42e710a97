"""Files exchanged with the centre (9101, 9102): kept by institution, bounded, and gone after their day."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yibaobox.domain.errors import Conflicting, InvalidInput, NotFound, PayloadTooLarge

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

SIZE_MAX: Final = 5 << 20  # bytes of one file
FILES_MAX: Final = 100  # of one institution; the oldest make room
BYTES_MAX: Final = 50 << 20  # of all of them together
_KEPT_US: Final = 7 * 86_400_000_000
_DIGITS: Final = 18


class FileNotReady(Conflicting):
    """The file is still being made."""

    code = "FILE_NOT_READY"


@dataclass(frozen=True, slots=True)
class ExchangeFile:
    """A file and until when it can be had, in microseconds of the sandbox clock."""

    institution: str
    file_no: int
    name: str
    content: bytes
    expires_us: int

    @property
    def number(self) -> str:
        """文件查询号 as the wire has it."""
        return str(self.file_no)


def keep(tx: Tx, institution: str, name: str, content: bytes, *, later_s: int = 0) -> ExchangeFile:
    """Keep a file; it can be had after `later_s` seconds. Files whose day has come go, then the oldest."""
    if not content:
        raise InvalidInput("文件内容为空", field="in")
    if len(content) > SIZE_MAX:
        raise PayloadTooLarge(f"文件超过{SIZE_MAX >> 20}MB", field="in")
    _make_room(tx, institution, len(content))
    ready_us = tx.now_us + later_s * 1_000_000
    made = ExchangeFile(institution, tx.next_number("number"), name, content, ready_us + _KEPT_US)
    tx.run(
        "INSERT INTO exchange_files (institution, file_no, name, size, sha256, content, ready_us, expires_us,"
        " created_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(institution, made.file_no, name, len(content), hashlib.sha256(content).hexdigest()),
        *(base64.b64encode(content).decode("ascii"), ready_us, made.expires_us, tx.now_us),
    )
    return made


def read(tx: Tx, institution: str, number: str) -> ExchangeFile:
    """Return a file of the institution; another's answers as one that does not exist."""
    row = None
    if number.isascii() and number.isdigit() and len(number) <= _DIGITS:
        row = tx.one(
            "SELECT name, content, ready_us, expires_us FROM exchange_files WHERE institution = ? AND file_no = ?",
            *(institution, int(number)),
        )
    if row is None or row[3] <= tx.now_us:
        raise NotFound("文件不存在或已过下载截止时间")
    name, content, ready_us, expires_us = row
    if ready_us > tx.now_us:
        raise FileNotReady("文件尚在生成中，请稍后下载")
    return ExchangeFile(institution, int(number), name, base64.b64decode(content), expires_us)


def _make_room(tx: Tx, institution: str, size: int) -> None:
    tx.run("DELETE FROM exchange_files WHERE institution = ? AND expires_us <= ?", institution, tx.now_us)
    newest_first = tx.query(
        "SELECT file_no, size FROM exchange_files WHERE institution = ? ORDER BY file_no DESC", institution
    )
    held = size
    for place, (file_no, bytes_) in enumerate(newest_first, 1):
        held += bytes_
        if place >= FILES_MAX or held > BYTES_MAX:
            tx.run("DELETE FROM exchange_files WHERE institution = ? AND file_no = ?", institution, file_no)
