"""门诊慢特病 (P10): apply for the recognition of a disease, and how the office reviews it by itself."""

from __future__ import annotations

from typing import Final

from yibaobox.domain import enrolment, filings, ledger
from yibaobox.domain.accounts import applications, papers
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.errors import DuplicateApplication, InvalidInput, NotEligible
from yibaobox.domain.people import institutions
from yibaobox.domain.people.institutions import Institution
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.filing_rules import chronic_papers, chronic_until, institutions_max
from yibaobox.domain.store import Tx
from yibaobox.portal.complete import check_complete

NOTICE: Final = (
    "门诊慢特病资格申请知情同意书：本人保证所提交的材料真实、完整，同意医保经办机构向定点医疗机构核实病情；"
    "资格认定通过后，在选定的定点医疗机构就医方可享受门诊慢特病待遇；伪造材料的，退回已享受的待遇并承担相应责任。"
)
NOTICE_VERSION: Final = "chronic-consent/1"
REQUIRED: Final = {"disease": "疾病名称", "institutions": "定点医疗机构", "mobile": "联系电话"}


def check_form(tx: Tx, found: Application) -> str:
    """Refuse a form that is not filled in, and return the region in which its person is insured."""
    form = found.form
    check_complete(form, REQUIRED)
    if form.get("agreed") is not True:
        raise InvalidInput("请先阅读并同意《知情同意书》", field="agreed")
    filings.diseases.get(form["disease"])
    standing = enrolment.standing(tx, found.psn_no, tx.today)
    chosen = [institutions.find(tx, code) for code in form["institutions"]]
    for code, one in zip(form["institutions"], chosen, strict=True):
        if one is None or one.kind != "hospital":
            raise InvalidInput(f"定点医疗机构 {code} 不存在", field="institutions")
    most = institutions_max(Place(standing.region, standing.scheme), tx.today) if standing.scheme else len(chosen)
    if len(set(form["institutions"])) != len(chosen) or len(chosen) > most:
        raise InvalidInput(f"定点医疗机构不能重复，最多选择{most}家", field="institutions")
    return standing.region


def recognise(tx: Tx, sent: Application) -> enrolment.Participation:
    """Recognise the disease, when papers, entitlement and what is on file allow it; else refuse with the reason."""
    ledger.lock(tx, [sent.psn_no])
    form, disease = sent.form, filings.diseases.get(sent.form["disease"])
    standing = enrolment.standing(tx, sent.psn_no, tx.today)
    if not standing.entitled or standing.participation is None:
        raise NotEligible(f"待遇资格审核不通过：{standing.reason}", standing=standing.code)
    place = Place(standing.region, standing.scheme)
    _check_papers(tx, sent, place, disease)
    _check_duplicate(tx, sent, disease)
    _check_place(tx, form["institutions"], standing.region)
    filings.file(
        tx,
        filings.NewFiling(
            psn_no=sent.psn_no,
            kind=filings.CHRONIC,
            type=disease.code,
            region=standing.region,
            from_day=tx.today,
            until_day=chronic_until(place, disease.key, tx.today),
            source="portal",
            institutions=tuple(form["institutions"]),
            detail={"application_id": sent.application_id, "mobile": form["mobile"], "notice": NOTICE_VERSION},
        ),
    )
    return standing.participation


def hospitals(tx: Tx, region: str) -> list[Institution]:
    """Return the hospitals of a pooling area that can be chosen."""
    return [one for one in institutions.listed(tx) if one.region == region and one.kind == "hospital"]


def _check_papers(tx: Tx, sent: Application, place: Place, disease: filings.diseases.Disease) -> None:
    given = {paper.kind for paper in papers.listed(tx, sent.psn_no, sent.application_id)}
    missing = [kind for kind in chronic_papers(place, disease.key, tx.today) if kind not in given]
    if missing:
        names = "、".join(papers.KINDS[kind] for kind in missing)
        raise InvalidInput(f"材料审核不通过：{disease.name}还须提交{names}", field="papers", missing=missing)


def _check_duplicate(tx: Tx, sent: Application, disease: filings.diseases.Disease) -> None:
    held = filings.qualifications(tx, sent.psn_no, tx.today).get(disease.code)
    if held is not None:
        until = "长期" if held.until_day is None else f"至 {held.until_day.isoformat()}"
        raise DuplicateApplication(f"重复申请：已有{disease.name}的门诊慢特病资格（有效期{until}）")


def _check_place(tx: Tx, codes: list[str], region: str) -> None:
    away = [code for code in codes if institutions.get(tx, code).region != region]
    if away:
        raise InvalidInput(f"选定机构审核不通过：{'、'.join(away)} 不在参保统筹区", field="institutions")


def submit(tx: Tx, psn_no: str, application_id: int, agent: str | None = None) -> Application:
    """Submit an application; what the review finds wrong it rejects, with the reason."""
    found = applications.get(tx, psn_no, application_id, applications.CHRONIC)
    applications.refuse_locked(found)
    return applications.submit(tx, found, check_form(tx, found), agent)
