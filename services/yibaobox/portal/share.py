"""个人账户家庭共济 (P11): an employee opens the own account to relatives."""

from __future__ import annotations

from yibaobox.domain import enrolment, family, people
from yibaobox.domain.accounts import logins
from yibaobox.domain.errors import CheckFailed, InvalidInput, NotEligible, Refusal
from yibaobox.domain.people import capacities
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.relatives import Candidate, Verdict, judge_relative
from yibaobox.domain.store import Tx

NOTICE = (
    "职工医保个人账户家庭共济告知书：您自愿将本人职工医保个人账户余额授权给所添加的家庭成员使用，"
    "用于支付其在定点医药机构发生的、由个人负担的医疗费用，以及缴纳城乡居民基本医疗保险费；"
    "不得用于公共卫生费用、体育健身或养生保健消费等支出。您可随时解除绑定。"
)


def share(tx: Tx, giver: str, *, id_no: str, mobile: str, relation: str, agreed: bool) -> family.Binding:
    """Bind a relative whose number and mobile agree, under the rules of the giver's region."""
    if not agreed:
        raise InvalidInput("请先阅读并同意家庭共济告知书", field="agreed")
    part = _giver(tx, giver)
    place = Place(part.region, part.scheme)
    member = look_up(tx, id_no, mobile)
    verdict = judge_relative(place, _candidate(tx, member, relation), tx.today)
    if verdict.code != "ACCEPTED":
        raise _refusal(verdict)
    return family.bind(tx, giver, member.psn_no, relation, members_max=verdict.members_max)


def look_up(tx: Tx, id_no: str, mobile: str) -> people.Person:
    """Return the person whose number and mobile agree; whoever has only one of them learns nothing."""
    person = people.find_by_id_no(tx, id_no)
    if person is None or mobile not in (person.mobile, logins.mobile_of(tx, person.psn_no)):
        raise CheckFailed("未查询到该家庭成员，请核对证件号码与手机号码", check="member")
    return person


def _giver(tx: Tx, psn_no: str) -> enrolment.Participation:
    part = enrolment.active(tx, psn_no)
    if part is None or part.insutype != capacities.EMPLOYEE_INSURANCE or not part.covers(tx.today):
        raise NotEligible("只有正常参加职工医保的人员可以开通家庭共济")
    return part


def _candidate(tx: Tx, member: people.Person, relation: str) -> Candidate:
    """The relative as the rules see one; how many there are already is counted when the account is opened to them."""
    part = enrolment.active(tx, member.psn_no)
    had_birthday = (tx.today.month, tx.today.day) >= (member.birth.month, member.birth.day)
    age = tx.today.year - member.birth.year - (not had_birthday)
    return Candidate(relation, age, None if part is None else part.region)


def _refusal(verdict: Verdict) -> Refusal:
    """What the giver hears."""
    if verdict.code == "RELATION_NOT_ALLOWED":
        names = "、".join(family.RELATIONS[one] for one in verdict.allowed)
        return InvalidInput(f"本统筹区仅支持与{names}共济", field="relation")
    if verdict.code == "NOT_INSURED":
        return NotEligible("该家庭成员未参加基本医疗保险，不能添加")
    return NotEligible("该家庭成员须在同一统筹区参保，不能添加")
