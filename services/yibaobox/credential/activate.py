"""Activate the credential: known person, agreed terms, passed face (C1)."""

from yibaobox.domain import clock, credentials, people
from yibaobox.domain.credentials import Check
from yibaobox.domain.errors import CheckFailed, InvalidInput, LockedOut, PartyTimeout, PersonNotFound, Refusal
from yibaobox.domain.store import Tx


def begin(tx: Tx, *, id_no: str, name: str, channel: str, terms: bool) -> dict[str, str]:
    """Begin an activation; a number nobody has and a name that does not fit it are answered alike."""
    if not terms:
        raise InvalidInput("请先阅读并同意服务协议")
    person = people.find_by_id_no(tx, id_no)
    if person is None or person.name != name:
        raise PersonNotFound("姓名与证件号码不一致，或未查询到参保人信息")
    token, expires_us = credentials.begin(tx, person.psn_no, channel)
    return {"activation": token, "state": "FACE_PENDING", "expires_at": clock.rfc3339(expires_us)}


def refusal_of(check: Check) -> Refusal | None:
    """Return what is said when a face check did not pass; its outcome is stored all the same."""
    if check.outcome == "timeout":
        return PartyTimeout("人脸核验超时，请重试")
    if check.outcome == "locked":
        return LockedOut("人脸核验失败次数过多，请24小时后再试")
    if check.outcome == "failed":
        return CheckFailed("人脸核验未通过", failures_left=check.failures_left)
    return None
