"""Open an account (P1): a code by text message, then the name and number against the population register."""

from __future__ import annotations

from yibaobox.domain import people
from yibaobox.domain.accounts import codes, logins
from yibaobox.domain.errors import CheckFailed, InvalidInput, Refusal
from yibaobox.domain.store import Tx


def register(  # noqa: PLR0913 - the fields of the form, each given by name
    tx: Tx, *, name: str, id_no: str, mobile: str, sms_code: str, password: str, agreed: bool, id_type: str = "01"
) -> people.Person | Refusal:
    """Register a person, or return why not; a wrong name and an unknown number are refused in the same words."""
    if not agreed:
        raise InvalidInput("请先阅读并同意用户服务协议", field="agreed")
    code = codes.check(tx, mobile, "register", sms_code)
    if isinstance(code, Refusal):
        return code
    person = people.find_by_id_no(tx, id_no, id_type)
    if person is None or person.name != name:
        return CheckFailed("实名核验未通过：姓名与证件号码不一致", check="realname")
    logins.open_account(tx, person, mobile, password)
    codes.use(tx, code)
    return person
