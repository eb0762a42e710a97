"""Open an account (P1): a code by text message, then the name and number against the population register."""

from __future__ import annotations

from dataclasses import dataclass

from yibaobox.domain import people
from yibaobox.domain.accounts import codes, logins
from yibaobox.domain.errors import CheckFailed, InvalidInput, Refusal
from yibaobox.domain.store import Tx


@dataclass(frozen=True, slots=True)
class Form:
    """A personal registration as it was filled in."""

    name: str
    id_no: str
    mobile: str
    sms_code: str
    password: str
    agreed: bool
    id_type: str = "01"


def register(tx: Tx, form: Form) -> people.Person | Refusal:
    """Register a person, or return why not; a wrong name and an unknown number are refused in the same words."""
    if not form.agreed:
        raise InvalidInput("请先阅读并同意用户服务协议", field="agreed")
    code = codes.check(tx, form.mobile, "register", form.sms_code)
    if isinstance(code, Refusal):
        return code
    person = people.find_by_id_no(tx, form.id_no, form.id_type)
    if person is None or person.name != form.name:
        return CheckFailed("实名核验未通过：姓名与证件号码不一致", check="realname")
    logins.open_account(tx, person, form.mobile, form.password)
    codes.use(tx, code)
    return person
