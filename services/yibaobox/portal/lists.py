"""The code lists of the forms, and the units (基层医保区划) that one can register with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.people import capacities, regions

ID_TYPES: Final = {"01": "居民身份证（户口簿）"}
SEXES: Final = {"1": "男", "2": "女"}
INSURANCES: Final = {"310": "职工基本医疗保险", "390": "城乡居民基本医疗保险"}
PART_STATES: Final = {"ACTIVE": "正常参保", "SUSPENDED": "暂停参保"}
# The source has no list of reasons; these are the sandbox's own.
REASONS: Final = {
    "graduated": "毕业离校",
    "study_elsewhere": "异地就学，转往学籍地参保",
    "moved": "户籍或居住地迁移，转往外地参保",
    "employed": "就业，转为参加职工医保",
    "contribution_stopped": "灵活就业人员中断缴费",
    "other": "其他",
}
RHYTHMS: Final = {"monthly": "按月缴费", "quarterly": "按季缴费"}
# Code list `naty` of the national interface (GB/T 3304): the numbers 1 to 56 in order.
_NATIONS: Final = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇"
    " 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京"
    " 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
)
NATIONS: Final = {str(number): f"{name}族" for number, name in enumerate(_NATIONS.split(), 1)}
RESIDENT_CAPACITIES: Final = {
    one.code: one.name for one in capacities.CAPACITIES.values() if one.insutype == capacities.RESIDENT_INSURANCE
}
# The one unit that a source names: 000 L48.
_NAMED: Final = {"51170099997": "达州市中医药职业技术学院"}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit at the bottom of the tree of regions: a college, or the residents of a county."""

    code: str
    name: str
    region: str


@cache
def units() -> dict[str, Unit]:
    """Return every unit by code: a college for each pooling area, a community for each county."""
    made = []
    for area in regions.shipped():
        code = f"{area.code}99997"
        made.append(Unit(code, _NAMED.get(code, f"{area.short}沙箱学院"), area.code))
        for county, name in sorted(area.counties.items()):
            made.append(Unit(f"{county}00001", f"{area.short}{name}沙箱社区", area.code))
    return {unit.code: unit for unit in made}


def unit(code: str) -> Unit:
    """Return a unit by its code of eleven digits; refuse an unknown one."""
    found = units().get(code)
    if found is None:
        raise InvalidInput("基层区划编码不存在", field="unit_code")
    return found
