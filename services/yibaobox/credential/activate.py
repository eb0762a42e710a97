"""Activate the credential: known person, agreed terms, passed face (C1)."""

from typing import Any, Final

from yibaobox.credential import parts
from yibaobox.domain import clock, credentials, enrolment, people
from yibaobox.domain.accounts import openings
from yibaobox.domain.credentials import Check
from yibaobox.domain.credentials.members import GUARDED_UNDER
from yibaobox.domain.errors import (
    CheckFailed,
    InvalidInput,
    LockedOut,
    NotEligible,
    PartyTimeout,
    PersonNotFound,
    Refusal,
)
from yibaobox.domain.store import Tx

CHANNEL_NAMES: Final = {
    "national_app": "国家医保服务平台APP",
    "wechat": "微信",
    "alipay": "支付宝",
    "city_app": "参保地政务服务APP（如随申办）",
}
TERMS: Final = (
    "医保电子凭证服务协议：医保电子凭证由本人刷脸激活，凭证及其展示的二维码、条形码仅限本人就医购药和办理医保业务使用；"
    "医保码短时有效、一次有效，请勿截图转发；定点医药机构解码时将记录用码业务类型与操作员，您可随时查询。"
)


def terms() -> dict[str, Any]:
    """Return what has to be agreed to, and where one can activate."""
    channels = [{"channel": code, "name": name} for code, name in CHANNEL_NAMES.items()]
    return {"version": credentials.TERMS, "text": TERMS, "channels": channels}


def begin(tx: Tx, *, id_no: str, name: str, channel: str, terms: bool) -> dict[str, str]:
    """Begin an activation; a number nobody has and a name that does not fit it are answered alike."""
    if not terms:
        raise InvalidInput("请先阅读并同意服务协议")
    person = known(tx, id_no, name)
    if person.age_on(tx.today) < GUARDED_UNDER:
        raise NotEligible(f"未满{GUARDED_UNDER}周岁须由监护人在亲情账户中添加，不能自行激活")
    check_claimable(tx, person)
    token, expires_us = credentials.begin(tx, person.psn_no, channel)
    return {"activation": token, "state": "FACE_PENDING", "expires_at": clock.rfc3339(expires_us)}


def check_claimable(tx: Tx, person: people.Person) -> None:
    """Refuse a freshman whose account was opened today: the credential can be claimed from the next day on (P12)."""
    opened = openings.latest(tx, person.psn_no)
    if opened is None or opened.claimable_on <= tx.today or credentials.holder(tx, person.psn_no).active:
        return
    if all(part.part_id == opened.part_id for part in enrolment.participations(tx, person.psn_no)):
        since = opened.claimable_on.isoformat()
        raise NotEligible("居保账户建立的次日起方可申领医保电子凭证", claimable_from=since)


def pass_face(tx: Tx, activation: str) -> Check:
    """Check the face; from the first activation on the credential shows the participation that is active then."""
    check = credentials.pass_face(tx, activation)
    if check.outcome == "passed":
        parts.settle(tx, check.psn_no)
    return check


def known(tx: Tx, id_no: str, name: str) -> people.Person:
    """Return the person of a number and a name; whoever has only one of them learns nothing."""
    person = people.find_by_id_no(tx, id_no)
    if person is None or person.name != name:
        raise PersonNotFound("姓名与证件号码不一致，或未查询到参保人信息")
    return person


def refusal_of(check: Check) -> Refusal | None:
    """Return what is said when a face check did not pass; its outcome is stored all the same."""
    if check.outcome == "timeout":
        return PartyTimeout("人脸核验超时，请重试")
    if check.outcome == "locked":
        return LockedOut("人脸核验失败次数过多，请24小时后再试")
    if check.outcome == "failed":
        return CheckFailed("人脸核验未通过", failures_left=check.failures_left)
    return None
