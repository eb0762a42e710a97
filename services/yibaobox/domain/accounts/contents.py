"""What stands inside an uploaded file: pixels, pages, entries, what may run. Nothing is unpacked or drawn.

Limits are those of reliability §3.9; the reader of PDFs is pypdf, and a file that it cannot read is refused.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from yibaobox.domain.errors import InvalidInput

PIXELS_MAX: Final = 40_000_000
PAGES_MAX: Final = 200
ENTRIES_MAX: Final = 200
UNPACKED_MAX: Final = 50 << 20
RATIO_MAX: Final = 100
_MACROS: Final = "_VBA_PROJECT".encode("utf-16-le")  # the folder that a .doc keeps its macros in
_NESTED: Final = (".zip", ".docx", ".docm", ".xlsx", ".xlsm", ".jar", ".7z", ".rar", ".gz", ".exe", ".dll", ".js")
_NEEDED: Final = frozenset({"[Content_Types].xml", "word/document.xml"})
# Names of a PDF that run or carry something; a hash may stand for any letter of a name, so those are read first.
_RUNS: Final = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)\b")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")


def check(kind: str, content: bytes) -> None:
    """Refuse a file of a kind whose inside is not what the kind allows."""
    if kind != "docx" and _is_package(content):
        raise InvalidInput("文件同时是压缩包", field="file")
    _CHECKS[kind](content)


def _png(content: bytes) -> None:
    _check_pixels(_png_pixels(content))
    if not _ends_well(content):
        raise InvalidInput("图片不完整，或在结尾之后另有内容", field="file")


def _jpeg(content: bytes) -> None:
    _check_pixels(_jpeg_pixels(content))


def _check_pixels(pixels: int) -> None:
    if not 0 < pixels <= PIXELS_MAX:
        raise InvalidInput(f"图片无法识别，或超过{PIXELS_MAX // 10_000}万像素", field="file")


def _png_pixels(content: bytes) -> int:
    """Return width times height of a PNG, 0 when the header is not one."""
    if len(content) < 33 or content[12:16] != b"IHDR":  # noqa: PLR2004 - signature and the first chunk
        return 0
    width, height = struct.unpack(">II", content[16:24])
    return int(width) * int(height)


def _ends_well(content: bytes) -> bool:
    """Tell whether the chunks of a PNG follow one another to the last, which ends the file."""
    at = 8
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        if content[at + 4 : at + 8] == b"IEND":
            return bool(at + 12 + length == len(content))
        at += 12 + length
    return False


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


def _doc(content: bytes) -> None:
    if _MACROS in content:
        raise InvalidInput("doc文件含有宏", field="file")


def _pdf(content: bytes) -> None:
    """Refuse a PDF that cannot be read, is locked, has too many pages, or carries what may run."""
    import pypdf  # noqa: PLC0415 - hardly a sandbox sees a PDF, and each would be ready later

    named = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)
    if _RUNS.search(named):
        raise InvalidInput("pdf文件含有脚本、附件或可执行的动作", field="file")
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        locked = reader.is_encrypted
        # What is declared and what is there may differ, and versions of the reader count the one or the other.
        pages = [] if locked else [int(reader.root_object["/Pages"]["/Count"]), reader.get_num_pages()]  # type: ignore[index]
    except Exception as error:  # a broken file breaks the reader in many ways
        raise InvalidInput("pdf文件无法识别", field="file") from error
    if locked:
        raise InvalidInput("pdf文件设有密码", field="file")
    if not 0 < min(pages) <= max(pages) <= PAGES_MAX:
        raise InvalidInput(f"pdf文件须有1至{PAGES_MAX}页", field="file")


def _docx(content: bytes) -> None:
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
    if len(names) < len(entries) or not names >= _NEEDED or any(entry.flag_bits & 1 for entry in entries):
        raise InvalidInput("docx文件无法识别", field="file")
    if _is_dangerous(names):
        raise InvalidInput("docx文件含有宏、嵌入对象或嵌套压缩包", field="file")


def _is_dangerous(names: Collection[str]) -> bool:
    lower = [name.replace("\\", "/").lower() for name in names]
    return any(
        ".." in name.split("/")
        or name.startswith("/")
        or name.endswith(_NESTED)
        or any(word in name for word in ("vbaproject", "activex", "embeddings/"))
        for name in lower
    )


def _is_package(content: bytes) -> bool:
    return zipfile.is_zipfile(io.BytesIO(content))


_CHECKS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "png": _png,
    "jpeg": _jpeg,
    "doc": _doc,
    "docx": _docx,
    "pdf": _pdf,
}
