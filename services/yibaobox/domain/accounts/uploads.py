"""What an uploaded file may be: name, declared type and first bytes must say the same. Pure; nothing is decoded.

Formats per form are policy (`upload.formats`), and so is the greatest size; `contents` looks inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from yibaobox.domain.accounts import contents
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
    contents.check(kind, content)
    return kind
