"""What opens an account's door: change and reset the password, change the mobile number."""

from __future__ import annotations

from yibaobox.domain import people
from yibaobox.domain.accounts import codes, doors, logins
from yibaobox.domain.errors import CheckFailed, Refusal
from yibaobox.domain.store import Tx


def reset_password(tx: Tx, *, id_no: str, mobile: str, sms_code: str, new_password: str) -> Refusal | None:
    """Set another password by a code that was sent to the account's mobile, and end its sessions; return why not.

    Whose number the mobile is not is refused in the words of a wrong code.
    """
    code = codes.check(tx, mobile, "reset_password", sms_code)
    if isinstance(code, Refusal):
        return code
    person = people.find_by_id_no(tx, id_no)
    if person is None or logins.mobile_of(tx, person.psn_no) != mobile:
        return CheckFailed("验证码不正确或已失效，请重新获取", check="sms")
    logins.set_password(tx, person.psn_no, new_password)
    codes.use(tx, code)
    doors.open_again(tx, person.psn_no)
    logins.end_all(tx, person.psn_no)
    return None


def change_mobile(tx: Tx, held: logins.Session, *, mobile: str, sms_code: str, password: str) -> Refusal | None:
    """Let another number serve the account: who asks knows the password and holds the new number; return why not."""
    refusal = logins.try_password(tx, held.psn_no, password)
    if refusal is not None:
        return refusal
    code = codes.check(tx, mobile, "change_mobile", sms_code)
    if isinstance(code, Refusal):
        return code
    logins.change_mobile(tx, held.psn_no, mobile)
    codes.use(tx, code)
    return None
