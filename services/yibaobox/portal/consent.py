"""代办授权: give, take by the principal's code, and act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yibaobox.domain.accounts import codes, consents, logins
from yibaobox.domain.errors import CheckFailed, InvalidInput, Refusal
from yibaobox.domain.store import Tx

NOTICE = (
    "代办授权告知书：您授权所添加的代办人在有效期内以您的名义办理所选事项，由此产生的结果由您承担。"
    "代办人不能修改您的登录密码和手机号码，也不能再转授他人。您可随时解除授权，解除后代办人立即不能再办理。"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """In what affairs and until when; the notice was agreed to."""

    scopes: Sequence[str]
    until: date
    agreed: bool


def give(tx: Tx, principal: str, id_no: str, mobile: str, wanted: Wanted) -> consents.Consent:
    """Let an agent, known by number and mobile, act for oneself."""
    _check_agreed(wanted)
    agent = logins.known(tx, id_no, mobile)
    if agent is None:
        raise CheckFailed("未查询到该代办人，请核对证件号码与手机号码", check="agent")
    return consents.grant(tx, principal, agent.psn_no, scopes=wanted.scopes, until=wanted.until)


def take(tx: Tx, agent: str, id_no: str, mobile: str, sms_code: str, wanted: Wanted) -> consents.Consent | Refusal:
    """Act for a principal who tells the code that was sent to their mobile; return the refusal of a wrong code.

    A number that does not belong to the mobile is refused in the words of a wrong code.
    """
    _check_agreed(wanted)
    code = codes.check(tx, mobile, "consent", sms_code)
    if isinstance(code, Refusal):
        return code
    principal = logins.known(tx, id_no, mobile)
    if principal is None:
        return CheckFailed("验证码不正确或已失效，请重新获取", check="sms")
    made = consents.grant(tx, principal.psn_no, agent, scopes=wanted.scopes, until=wanted.until, given_by=consents.SMS)
    codes.use(tx, code)
    return made


def act(tx: Tx, agent: str, consent_id: int) -> logins.Session:
    """Open a session in which an agent acts for the principal of a live consent."""
    return logins.begin(tx, (found := consents.held(tx, agent, consent_id)).principal, found)


def _check_agreed(wanted: Wanted) -> None:
    if not wanted.agreed:
        raise InvalidInput("请先阅读并同意代办授权告知书", field="agreed")
