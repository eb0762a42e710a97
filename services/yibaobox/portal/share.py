"""个人账户家庭共济 (P11): an employee opens the own account to relatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import enrolment, family, people, switches
from yibaobox.domain.accounts import applications, logins, papers
from yibaobox.domain.errors import CheckFailed, InvalidInput, NotEligible, Refusal
from yibaobox.domain.people import capacities, kin
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.relatives import Candidate, Verdict, judge_relative

if TYPE_CHECKING:
    from yibaobox.domain.accounts.applications import Application
    from yibaobox.domain.store import Tx

NOTICE = (
    "职工医保个人账户家庭共济告知书：您自愿将本人职工医保个人账户余额授权给所添加的家庭成员使用，"
    "用于支付其在定点医药机构发生的、由个人负担的医疗费用，以及缴纳城乡居民基本医疗保险费；"
    "不得用于公共卫生费用、体育健身或养生保健消费等支出。您可随时解除绑定。"
)
HOUSEHOLD_BOOK: Final = "household_book"
_PROVING: Final = (HOUSEHOLD_BOOK, "marriage_certificate")


@dataclass(frozen=True, slots=True)
class Judged:
    """A relative who may be added: who it is, what proves the relation, how many there may be, where."""

    member: people.Person
    relation: str
    proof: str
    members_max: int
    region: str


def draft(tx: Tx, giver: str, *, id_no: str, mobile: str, relation: str, agreed: bool) -> Application:
    """Begin to add a relative whose number and mobile agree, under the rules of the giver's region."""
    if not agreed:
        raise InvalidInput("请先阅读并同意家庭共济告知书", field="agreed")
    found = judge(tx, giver, look_up(tx, id_no, mobile), relation)
    family.check_free(tx, giver, found.member.psn_no, found.members_max)
    form = {"member": found.member.psn_no, "relation": relation, "proof": found.proof, "notice": family.NOTICE}
    return applications.draft(tx, giver, applications.FAMILY, form, found.region)


def send(tx: Tx, giver: str, application_id: int, agent: str | None) -> Application:
    """Hand a drafted addition in, proven by paper or by data; the decision is somebody else's."""
    sent = applications.get(tx, giver, application_id, applications.FAMILY)
    applications.refuse_locked(sent)
    found = judge(tx, giver, people.get(tx, sent.form["member"]), sent.form["relation"])
    family.check_free(tx, giver, found.member.psn_no, found.members_max)
    _check_proof(tx, sent, found)
    return applications.submit(tx, sent, found.region, agent)


def bind(tx: Tx, sent: Application) -> None:
    """个人账户家庭共济绑定: open the account as approved; what has become forbidden since then is refused."""
    found = judge(tx, sent.psn_no, people.get(tx, sent.form["member"]), sent.form["relation"])
    family.bind(tx, sent.psn_no, found.member.psn_no, found.relation, members_max=found.members_max)


def judge(tx: Tx, giver: str, member: people.Person, relation: str) -> Judged:
    """Judge a relative under the rules in force today where the giver is insured."""
    part = _giver(tx, giver)
    verdict = judge_relative(Place(part.region, part.scheme), _candidate(tx, member, relation), tx.today)
    if verdict.code != "ACCEPTED":
        raise _refusal(verdict)
    return Judged(member, relation, verdict.proof, verdict.members_max, part.region)


def look_up(tx: Tx, id_no: str, mobile: str) -> people.Person:
    """Return the person whose number and mobile agree; whoever has only one of them learns nothing."""
    person = logins.known(tx, id_no, mobile)
    if person is None:
        raise CheckFailed("未查询到该家庭成员，请核对证件号码与手机号码", check="member")
    return person


def _check_proof(tx: Tx, sent: Application, found: Judged) -> None:
    """Under the age a household register proves the relation, from it on the data do, or a paper against them."""
    handed = {paper.kind for paper in papers.listed(tx, sent.psn_no, sent.application_id)}
    if found.proof == HOUSEHOLD_BOOK:
        if HOUSEHOLD_BOOK not in handed:
            raise InvalidInput("未满16周岁的家庭成员须上传居民户口簿", field="papers", needs=HOUSEHOLD_BOOK)
        return
    if not _matches(tx, sent.psn_no, found) and not handed & set(_PROVING):
        raise InvalidInput("亲属关系数据核验未通过，请上传结婚证或居民户口簿", field="papers", needs=list(_PROVING))


def _matches(tx: Tx, giver: str, found: Judged) -> bool:
    """Whether the register agrees; where it says nothing, the switch `relation_match` decides."""
    known: Any = kin.known(tx, giver, found.member.psn_no)
    if known is None:
        return switches.read(tx)["relation_match"] == "unless_known"
    return bool(known == found.relation)


def _giver(tx: Tx, psn_no: str) -> enrolment.Participation:
    part = enrolment.active(tx, psn_no)
    if part is None or part.insutype != capacities.EMPLOYEE_INSURANCE or not part.covers(tx.today):
        raise NotEligible("只有正常参加职工医保的人员可以开通家庭共济")
    return part


def _candidate(tx: Tx, member: people.Person, relation: str) -> Candidate:
    """The relative as the rules see one; how many there are already is counted when the account is opened to them."""
    part = enrolment.active(tx, member.psn_no)
    return Candidate(relation, member.age_on(tx.today), None if part is None else part.region)


def _refusal(verdict: Verdict) -> Refusal:
    """What the giver hears."""
    if verdict.code == "RELATION_NOT_ALLOWED":
        names = "、".join(family.RELATIONS[one] for one in verdict.allowed)
        return InvalidInput(f"本统筹区仅支持与{names}共济", field="relation")
    if verdict.code == "NOT_INSURED":
        return NotEligible("该家庭成员未参加基本医疗保险，不能添加")
    return NotEligible("该家庭成员须在同一统筹区参保，不能添加")
