"""缴费票据 on paper (T10), and in words for whoever verifies one."""

from __future__ import annotations

from typing import Final

from yibaobox.domain import clock, people
from yibaobox.domain.billing import bills, payments, receipts
from yibaobox.domain.billing.receipts import Receipt
from yibaobox.domain.money import format_yuan
from yibaobox.domain.people import regions
from yibaobox.domain.store import Tx
from yibaobox.edge import masks, pdf
from yibaobox.tax import capitals, shown

CHANNELS: Final = {
    "wechat": "微信支付",
    "alipay": "支付宝",
    "bank": "银行卡",
    "campus": "校园一卡通",
    "kiosk": "圈存机",
    "family": "个人账户家庭共济",
    "finance": "学校代收",
}
STATES: Final = {"VALID": "有效", "REPLACED": "已换开", "FLUSHED": "已冲红"}
_SAID: Final = "本票据由沙箱开具，仅供测试，不是真实缴费凭证。"


def facts(tx: Tx, found: Receipt) -> list[tuple[str, str]]:
    """Return what a receipt says, label by label; of the person no more than a stranger may read."""
    bill = bills.get(tx, found.psn_no, found.bill_id)
    person = people.get(tx, found.psn_no)
    area = regions.resolve(found.region)
    paid = [one for one in payments.of_person(tx, found.psn_no) if one.bill_id == found.bill_id]
    applied = next(one for one in paid if one.disposition == payments.APPLIED)
    rows = [
        ("票据号码", found.receipt_no),
        ("状态", STATES[found.state]),
        ("征收机关", f"国家税务总局{area.name}税务局（沙箱）"),
        ("缴费人", masks.mask_name(person.name)),
        ("证件号码", masks.mask_id(person.id_no)),
        ("征收品目", shown.ITEM),
        ("征收子目", shown.sub_item_of(bill.capacity, found.region)),
        ("社保经办机构", shown.agency(found.region)),
        ("缴费年度", f"{found.year}年度"),
        ("金额（小写）", f"¥{format_yuan(found.amount_fen)}"),
        ("金额（大写）", capitals.written(found.amount_fen)),
        ("缴费渠道", CHANNELS[applied.channel]),
        ("渠道流水号", applied.channel_txn),
        ("缴费时间", _moment(applied.paid_us)),
        ("开具时间", _moment(found.issued_us)),
    ]
    red = receipts.red(tx, found)
    return rows if red is None else [*rows, ("冲红票据号码", red.red_no), ("冲红时间", _moment(red.issued_us))]


def page(tx: Tx, found: Receipt, address: str) -> bytes:
    """Return a receipt as PDF, with a code that leads to its verification; what no longer holds is stamped."""
    written = pdf.Page("社会保险费缴费票据", f"{regions.resolve(found.region).full_name} · {_SAID}", tx.now)
    written.rows(facts(tx, found))
    written.code(address, "扫码核验票据真伪")
    written.note(f"校验码 {receipts.check_code(found)}")
    if found.state != "VALID":
        written.stamp(STATES[found.state])
    return written.content()


def _moment(us: int) -> str:
    return f"{clock.from_us(us):%Y-%m-%d %H:%M:%S}"
