"""What an uploaded file may be: name, declared type and first bytes must say the same. Pure; nothing is decoded.

Limits are those of reliability §3.9; formats per form are policy (`upload.formats`), and so is the greatest size.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from yibaobox.domain.errors import InvalidInput, PayloadTooLarge

MEDIA: Final = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
_BY_NAME: Final = {"jpeg": "jpeg", "jpg": "jpeg", "png": "png", "doc": "doc", "docx": "docx", "pdf": "pdf"}
_MAGIC: Final = {
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "docx": b"PK\x03\x04",
    "pdf": b"%PDF-",
}
PIXELS_MAX: Final = 40_000_000
ENTRIES_MAX: Final = 200
UNPACKED_MAX: Final = 50 << 20
RATIO_MAX: Final = 100
_MACROS: Final = "_VBA_PROJECT".encode("utf-16-le")  # the folder that a .doc keeps its macros in
_NESTED: Final = (".zip", ".docx", ".docm", ".xlsx", ".xlsm", ".jar", ".7z", ".rar", ".gz")
_NEEDED: Final = frozenset({"[Content_Types].xml", "word/document.xml"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What one form takes."""

    form: str
    formats: tuple[str, ...]
    size_max_exclusive: int


def sniff(name: str, declared: str, content: bytes, rules: Rules) -> str:
    """Return the kind of a file (jpeg, png, doc, docx, pdf); refuse one that is not what it says or not wanted."""
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix not in rules.formats:
        raise InvalidInput(f"{rules.form}只支持{'、'.join(rules.formats)}格式的文件", field="file")
    if not content:
        raise InvalidInput("文件内容为空", field="file")
    if len(content) >= rules.size_max_exclusive:
        raise PayloadTooLarge(f"{rules.form}的文件大小须小于{rules.size_max_exclusive // (1 << 20)}MB", field="file")
    kind = _BY_NAME[suffix]
    if declared != MEDIA[kind] or not content.startswith(_MAGIC[kind]):
        raise InvalidInput("文件内容、扩展名与声明的类型不一致", field="file")
    if kind == "docx":
        _check_docx(content)
    if kind == "doc" and _MACROS in content:
        raise InvalidInput("doc文件含有宏", field="file")
    if kind in _SIZES and not 0 < _SIZES[kind](content) <= PIXELS_MAX:
        raise InvalidInput(f"图片无法识别，或超过{PIXELS_MAX // 10_000}万像素", field="file")
    return kind


def _png_pixels(content: bytes) -> int:
    """Return width times height of a PNG, 0 when the header is not one."""
    if len(content) < 33 or content[12:16] != b"IHDR":  # noqa: PLR2004 - signature and the first chunk
        return 0
    width, height = struct.unpack(">II", content[16:24])
    return int(width) * int(height)


def _jpeg_pixels(content: bytes) -> int:
    """Return width times height of a JPEG's first frame, 0 when it has none."""
    for marker, at in _segments(content):
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # noqa: PLR2004 - start of a frame
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return int(width) * int(height)
    return 0


def _segments(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield marker and place of each segment before the picture's data."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:  # noqa: PLR2004 - every marker begins so
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == 0xFF:  # noqa: PLR2004 - a fill byte
            at += 1
            continue
        if marker == 0xDA or length < 2:  # noqa: PLR2004 - the data begins, or the length cannot be
            return
        yield marker, at
        at += 2 + length


_SIZES: Final = {"png": _png_pixels, "jpeg": _jpeg_pixels}


def _check_docx(content: bytes) -> None:
    """Refuse a package that is none, unpacks to too much, or carries what may run."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
    except Exception as error:  # a broken archive breaks the reader in many ways
        raise InvalidInput("docx文件无法识别", field="file") from error
    names = {entry.filename for entry in entries}
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > ENTRIES_MAX or unpacked > UNPACKED_MAX or unpacked > RATIO_MAX * len(content):
        raise InvalidInput("docx文件解压后过大", field="file")
    if not names >= _NEEDED or any(entry.flag_bits & 1 for entry in entries) or _is_dangerous(names):
        raise InvalidInput("docx文件无法识别，或含有宏、嵌套压缩包", field="file")


def _is_dangerous(names: Collection[str]) -> bool:
    lower = [name.replace("\\", "/").lower() for name in names]
    return any(
        ".." in name.split("/") or name.startswith("/") or name.endswith(_NESTED) or "vbaproject" in name
        for name in lower
    )
