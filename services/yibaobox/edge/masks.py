"""What a log or a journal may show of a person: never the whole of an ID number, a name, a number, a token or a key.

Two nets, one over the other. The first goes by the name of a field (`certno`, `psn_name`, `token` …). The second goes
by the look of a value (18-digit ID numbers, mobiles, long tokens, PEM, Chinese text) wherever it stands, so that a
value in the wrong field, in a query string or in a broken body is caught as well. Chinese text is shown only in fields
known to be harmless.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl

from yibaobox.domain.errors import Refusal
from yibaobox.edge import strict_json

HIDDEN: Final = "*****"
EXCERPT: Final = 4096
_TAINT_MIN: Final = 2
_ID_MIN: Final = 6
_SHORTEST: Final = 11  # a mobile number; ID numbers and tokens are longer, fractions that come as `Kept` are shorter
_LONGEST: Final = 20
_LONGEST_IDENTIFIER: Final = 32
_OFTEN: Final = 64  # characters of a value that may well come again
_KEPT: Final = 8192  # such values

_IDS: Final = re.compile(
    r"certno|cert_no|id_?no|id_?card|id_?number|mobile|phone|^tel|_tel$|card_?no|card_sn|bank_?acct|acct_?no|psn_idcard",
    re.IGNORECASE,
)
_SECRETS: Final = re.compile(
    r"token|secret|passw|pwd|signature|^sign$|sign_?data|paysign|cainfo|_key$|^key$|api_?key|access_key|paasid|private"
    r"|authorization|auth_?no|auth_?code|credential|cookie|session|captcha|sms_?code|verif|openid|buyer_id|js_?code"
    r"|ciphertext|nonce|dev_safe_info|ec_?qr|qr_?code|e_?c_?code|face",
    re.IGNORECASE,
)
_NAMES: Final = re.compile(r"name|opter$|^opter|addr|contact|coner|agnter|memo|remark|rea$|reason", re.IGNORECASE)
# Fields whose Chinese is harmless in what we write: our own words, institutions, places, catalogues. In what a client
# writes nothing is, for it may write anything anywhere.
_PLAIN: Final = frozenset(
    {"err_msg", "errmsg", "title", "detail", "message", "msg", "region", "region_name", "institution"}
    | {"fixmedins_name", "medins_name", "hosp_name", "hospital_name", "medins_list_name", "item_name", "drug_name"}
    | {"dise_name", "diag_name", "dept_name", "hi_name", "list_name"},
)
_IDENTIFIERS: Final = re.compile(r"(codg|code|id|no|sn|type|trace|version|infver)$", re.IGNORECASE)
_SLUG: Final = re.compile(r"[a-z0-9_.-]{1,64}", re.ASCII)
# A token may happen to hold no digit, so a long word with capitals is not taken for a word.
_WORDS: Final = re.compile(r"[a-z_-]{1,40}|[A-Za-z_-]{1,19}|v\d|", re.ASCII)

_PEM: Final = re.compile(r"-----BEGIN [^-]+-----.*?(?:-----END [^-]+-----|\Z)", re.DOTALL)
# Numbers of messages and times: what every request brings anew and no net below would catch.
_HARMLESS: Final = re.compile(
    r"[A-Za-z]{0,3}(?:\d{19,}|\d{14,17}|\d{12}|\d{1,10})|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", re.ASCII
)
_ID_LIKE: Final = re.compile(r"(?<!\d)(\d{17}[0-9Xx])(?![0-9A-Za-z])")
_MOBILE: Final = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d{9})(?!\d)")
_WORD: Final = r"[A-Za-z0-9_+/=.~-]"
_NUMBER_OR_WORD: Final = re.compile(r"[A-Za-z]{0,3}[0-9_+/=.~-]+|[a-z]+|[A-Z]+", re.ASCII)
_RUN: Final = re.compile(rf"{_WORD}{{20,}}", re.ASCII)
_CHINESE: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff·]+")
_BROKEN_RUN: Final = re.compile(rf'({_WORD}{{7,}})("\s*:)?', re.ASCII)
_ESCAPED: Final = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")


def mask_id(text: str) -> str:
    """Show the first three and the last two characters; the five stars do not tell the length."""
    return f"{text[:3]}{HIDDEN}{text[-2:]}" if len(text) >= _ID_MIN else HIDDEN


def mask_name(text: str) -> str:
    """Show the last character of a name."""
    return f"*{text[-1:]}"


def text(value: str, *, longest: int = _LONGEST) -> str:
    """Mask what looks like a number of a person or a secret, in free text; Chinese stays.

    `longest` is the length from which letters mixed with digits count as a token.
    """
    if len(value) < _SHORTEST or _HARMLESS.fullmatch(value):
        return value
    if "-----" in value:
        value = _PEM.sub(HIDDEN, value)
    value = _ID_LIKE.sub(_masked, value)
    value = _MOBILE.sub(_masked, value)
    return _RUN.sub(lambda run: _token(run.group(), longest), value)


def closed_text(value: str, *, longest: int = _LONGEST) -> str:
    """Mask as `text` does, and Chinese too, keeping the last character of each run."""
    shown = text(value, longest=longest)
    return shown if shown.isascii() else _CHINESE.sub(lambda match: mask_name(match.group()), shown)


def path(value: str) -> str:
    """Mask the path of a URL: words between its slashes stay, what stands between words is masked as one text."""
    return _path_often(value) if len(value) <= _OFTEN else _path(value)


def _path(value: str) -> str:
    shown: list[str] = []
    strange: list[str] = []
    for part in value.split("/"):
        if _WORDS.fullmatch(part) is None:
            strange.append(part)
            continue
        shown += [closed_text("/".join(strange)), part] if strange else [part]
        strange = []
    return "/".join([*shown, closed_text("/".join(strange))] if strange else shown)


_path_often: Final = lru_cache(maxsize=1024)(_path)


def tree(value: Any, *, ours: bool = False) -> Any:
    """Mask a JSON tree by the names of its fields and the looks of its values; `ours` for what we wrote ourselves."""
    return _item(value, _BOOKS[ours][""], [])


def told_apart(value: Any) -> tuple[Any, set[str]]:
    """Return a tree as `tree` shows it, and the raw strings that it hides: what a reply may have quoted back."""
    hidden: list[str] = []
    shown = _item(value, _BOOKS[False][""], hidden)
    return shown, {each for each in hidden if len(each) >= _TAINT_MIN}


class _Column(dict[str, str | None]):
    """What is shown of the texts of one field, nothing where it is the text itself. Most come again and again."""

    __slots__ = ("book", "key", "name", "numbers", "open")

    def __init__(self, key: str, book: "_Book") -> None:
        super().__init__()
        self.key = key
        self.book = book
        self.name = _shown_key(key)
        self.numbers = _kind(key) not in ("secret", "id")  # short ones are shown
        self.open = _kind(key) in ("", "identifier")  # judged by their looks alone

    def __missing__(self, value: str) -> str | None:
        if self.open and len(value) > _SHORTEST and _HARMLESS.fullmatch(value):
            return None  # most of these come once
        shown = _leaf(value, self.key, ours=self.book.ours)
        different = None if shown == value else str(shown)
        if len(value) <= _OFTEN:
            self.book.count()
            self[value] = different
        return different


class _Book(dict[str, _Column]):
    """The columns of what we write, or of what others do. It is begun anew when full."""

    def __init__(self, *, ours: bool) -> None:
        super().__init__()
        self.ours = ours
        self._kept = 0

    def __missing__(self, key: str) -> _Column:
        column = _Column(str(key), self)
        if len(column.key) <= _OFTEN:
            self.count()
            self[key] = column
        return column

    def count(self) -> None:
        """Make room for one text more."""
        self._kept += 1
        if self._kept > _KEPT:
            self._kept = 1
            self.clear()


_BOOKS: Final = (_Book(ours=False), _Book(ours=True))


def _object(value: dict[str, Any], book: _Book, hidden: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, item in value.items():
        column, kind = book[name], type(item)
        if kind is str:
            shown = column[item]
            if shown is None:
                made[column.name] = item
            else:
                made[column.name] = shown
                hidden.append(item)
        elif item is None or (kind is strict_json.Kept and column.numbers):
            made[column.name] = item
        else:
            made[column.name] = _item(item, column, hidden)
    return made


def _item(value: Any, column: _Column, hidden: list[str]) -> Any:
    if isinstance(value, dict):
        return _object(value, column.book, hidden)
    if isinstance(value, list | tuple):
        return [_item(each, column, hidden) for each in value]
    if isinstance(value, str):
        shown = column[value]
        if shown is None:
            return value
        hidden.append(value)
        return shown
    return value if value is None or isinstance(value, bool) else _number(value, column)


def _number(value: Any, column: _Column) -> Any:
    if type(value) is strict_json.Kept:
        if column.numbers:
            return value
        value = Decimal(strict_json.dumps(value, exact=True))
    if column.numbers and len(_digits(value)) < _SHORTEST:
        return value
    return _leaf(value, column.key, ours=column.book.ours)


def _digits(value: Any) -> str:
    """Return a number as it is written, which is without an exponent."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


@lru_cache(maxsize=4096)
def _shown_key(name: str) -> str:
    return closed_text(name)


def _leaf(value: Any, key: str, *, ours: bool = False) -> Any:
    kind = _kind(key)
    if kind == "secret":
        return HIDDEN if value != "" else value
    if kind == "id":
        return mask_id(_digits(value))
    if not isinstance(value, str):
        told = _digits(value)
        shown = text(told)
        return value if shown == told else shown
    if ours and key in _PLAIN:
        return text(value)
    if kind == "name" and value and not _SLUG.fullmatch(value):
        return mask_name(value)
    if value[:1] in ("{", "["):
        # A string may hold JSON of its own: `input` of some clients, `exp_content`, `biz_content`.
        return body(value.encode("utf-8", "replace"))
    return closed_text(value, longest=_LONGEST_IDENTIFIER if kind == "identifier" else _LONGEST)


@lru_cache(maxsize=4096)
def _kind(key: str) -> str:
    """Return what the name of a field says of its value."""
    nets = (("secret", _SECRETS), ("id", _IDS), ("name", _NAMES), ("identifier", _IDENTIFIERS))
    return next((kind for kind, net in nets if net.search(key)), "")


def query(raw: str) -> str:
    """Mask a query string or a form."""
    return "&".join(f"{closed_text(key)}={_leaf(value, key)}" for key, value in parse_qsl(raw, keep_blank_values=True))


def body(data: bytes, content_type: str = "", *, ours: bool = False) -> str:
    """Mask a body, whatever it is: JSON, a form, something broken; files are told by their size only."""
    if not data:
        return ""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("multipart/") or kind in ("application/octet-stream", "application/zip", "application/pdf"):
        return f"<{kind} {len(data)} bytes>"
    if kind == "application/x-www-form-urlencoded":
        return query(data.decode("utf-8", "replace"))[:EXCERPT]
    try:
        value = strict_json.loads_to_show(data)
    except Refusal:
        return broken(data)
    return document(value, ours=ours)


def document(value: Any, *, ours: bool = False) -> str:
    """Mask a JSON tree and return the beginning of its text."""
    return excerpt(tree(value, ours=ours))


def excerpt(shown: Any) -> str:
    """Return the beginning of the text of a masked tree."""
    return strict_json.dumps(shown, exact=True)[:EXCERPT]


def broken(data: bytes) -> str:
    """Mask bytes without structure: long runs, numbers and Chinese go, the marks between them stay."""
    shown = _ESCAPED.sub(HIDDEN, data[:EXCERPT].decode("utf-8", "replace"))
    return _BROKEN_RUN.sub(lambda run: run.group() if run.group(2) else HIDDEN, closed_text(shown))


def without(shown: str, taints: Iterable[str]) -> str:
    """Blot out strings known to be sensitive from a text that may quote them."""
    for taint in taints:
        if taint in shown:
            shown = shown.replace(taint, mask_name(taint))
    return shown


def _masked(match: re.Match[str]) -> str:
    return mask_id(match.group(1))


def _token(run: str, longest: int) -> str:
    """A long run is a token unless it is a number (a msgid: one letter, then digits), a date or a word of one case."""
    return HIDDEN if len(run) >= longest and _NUMBER_OR_WORD.fullmatch(run) is None else run
