"""Designated institutions (定点医药机构): hospitals and pharmacies under contract.

A code is H (hospital) or P (pharmacy), six digits of the region and five of a serial: twelve characters, the form of
`fixmedins_code` in the national interface.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from yibaobox.domain.errors import InvalidInput, NotFound
from yibaobox.domain.people import regions
from yibaobox.domain.store.tx import Tx

if TYPE_CHECKING:
    from yibaobox.domain.store import World

KINDS: Final = {"H": "hospital", "P": "pharmacy"}
LEVELS: Final = {
    "L1": "一级",
    "L2": "二级",
    "L3": "三级",
    "L3A": "三级甲等",
    "L3B": "三级乙等",
    "community": "社区卫生服务机构",
    "school_clinic": "校医院",
    "pharmacy": "零售药店",
}
AUTH_MODES: Final = ("auto", "none", "csb", "tif", "apikey", "body-sign")
_CODE: Final = re.compile(r"[HP][0-9]{11}", re.ASCII)
_TEMPLATE: Final = (
    ("H", "00001", "L3", "沙箱人民医院"),
    ("H", "00002", "L2", "沙箱第二医院"),
    ("H", "00003", "L1", "沙箱康复医院"),
    ("H", "00004", "L3A", "沙箱医学院附属医院"),
    ("H", "00005", "L3B", "沙箱中心医院"),
    ("H", "00006", "community", "沙箱社区卫生服务中心"),
    ("H", "00007", "school_clinic", "沙箱大学校医院"),
    ("P", "00001", "pharmacy", "沙箱大药房"),
)
_INSERT: Final = (
    "INSERT INTO institutions (code, name, region, level, kind, auth) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (code) DO UPDATE SET name = excluded.name, level = excluded.level, auth = excluded.auth"
)
_ONE: Final = "SELECT code, name, region, level, kind, auth FROM institutions WHERE code = ?"
_ALL: Final = "SELECT code, name, region, level, kind, auth FROM institutions ORDER BY code"


class Institution(NamedTuple):
    """A hospital or pharmacy; `auth` is how the gateway knows it."""

    code: str
    name: str
    region: str
    level: str
    kind: str
    auth: str = "auto"


def defaults(codes: Iterable[str]) -> list[Institution]:
    """Return the institutions that every pooling area begins with, in the given order of regions."""
    areas = dict.fromkeys(regions.resolve(code) for code in codes)
    return [
        Institution(f"{letter}{area.code}{serial}", area.short + name, area.code, level, KINDS[letter])
        for area in areas
        for letter, serial, level, name in _TEMPLATE
    ]


def seed(tx: Tx, codes: Iterable[str]) -> None:
    """Write the institutions that the regions begin with."""
    tx.many(_INSERT, defaults(codes))


def find(tx: Tx, code: object) -> Institution | None:
    """Return the institution of a code, or nothing."""
    if not isinstance(code, str) or _CODE.fullmatch(code) is None:
        return None
    rows = tx.known(_ONE, code)
    return Institution(*rows[0]) if rows else None


def glance(world: World, code: str) -> Institution | None:
    """Return the institution of a code as `find` does, without a transaction of the caller's."""
    rows = world.glance(_ONE, code) if _CODE.fullmatch(code) else []
    return Institution(*rows[0]) if rows else None


def get(tx: Tx, code: object) -> Institution:
    """Return the institution of a code; refuse one that this world does not know."""
    institution = find(tx, code)
    if institution is None:
        raise NotFound("定点医药机构不存在")
    return institution


def listed(tx: Tx) -> list[Institution]:
    """Return every institution of the world, by code."""
    return [Institution(*row) for row in tx.query(_ALL)]


def put(tx: Tx, code: object, *, auth: str, level: str | None = None, kind: str | None = None) -> Institution:
    """Change an institution, or take a new one under contract; a new hospital must say its level."""
    before = find(tx, code) or _new(code, level)
    institution = before._replace(auth=auth, level=level or before.level)
    if auth not in AUTH_MODES:
        raise InvalidInput(f"认证方式须为 {'、'.join(AUTH_MODES)} 之一", field="auth")
    if kind not in (None, institution.kind):
        raise InvalidInput("机构类别须与编码首字母一致：H 为 hospital，P 为 pharmacy", field="kind")
    if institution.level not in LEVELS or (institution.level == "pharmacy") != (institution.kind == "pharmacy"):
        raise InvalidInput(f"机构等级须为 {'、'.join(LEVELS)} 之一，药店只能是 pharmacy", field="level")
    tx.run(_INSERT, *institution)
    return institution


def _new(code: object, level: str | None) -> Institution:
    """Return an institution nobody named yet; its name says so instead of pretending to be one."""
    if not isinstance(code, str) or _CODE.fullmatch(code) is None:
        raise InvalidInput("机构编码须为 H 或 P 加6位统筹区编码和5位序号", field="code")
    kind = KINDS[code[0]]
    if kind == "hospital" and level is None:
        raise InvalidInput("新增定点医疗机构须给出等级", field="level")
    area = regions.resolve(code[1:7])
    return Institution(code, f"未命名机构（{code}）", area.code, level or "pharmacy", kind)
