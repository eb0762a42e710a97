"""用码业务类型 (`code_biz_type` of the national interface): what a code is decoded for."""

from typing import Final

from yibaobox.domain.errors import InvalidInput

PURPOSES: Final = {
    "01101": "挂号",
    "01102": "住院建档",
    "01103": "入院登记",
    "01104": "缴纳预缴金",
    "01201": "问诊",
    "01202": "预约检查",
    "01203": "检查",
    "01204": "治疗",
    "01301": "结算",
    "01302": "取药",
    "01303": "取报告",
    "01304": "打印票据和清单",
    "01305": "病历材料复印",
    "02121": "药店购药",
    "02122": "下载外购处方",
    "03131": "医疗类APP线上身份认证",
    "03132": "医疗类APP线上结算",
    "05101": "线下修改密码",
}
PAYING: Final = "04107"  # the business type of an authorisation of mobile payment
_NATIONAL: Final = "1101"  # a code redeemed by the person inquiry itself


def check(code: str) -> None:
    """Refuse a code that the list does not have."""
    if code not in PURPOSES:
        raise InvalidInput(f"用码业务类型须为 {'、'.join(PURPOSES)} 之一", field="purpose")


def name(code: str) -> str:
    """Return what a recorded purpose means."""
    return {**PURPOSES, PAYING: "移动支付授权", _NATIONAL: "人员信息获取"}.get(code, "")
