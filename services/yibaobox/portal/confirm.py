"""新生参保确认 (P12): a freshman confirms, an account opens after half an hour, and a pledge is kept or broken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from yibaobox.domain import clock, enrolment, jobs, ledger, people, visits
from yibaobox.domain.accounts import applications, openings, schools
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.accounts.openings import OTHER_NAME, Opened
from yibaobox.domain.accounts.schools import SchoolRecord
from yibaobox.domain.billing import bills
from yibaobox.domain.errors import Conflicting, DuplicateApplication, InvalidInput, NotEligible
from yibaobox.domain.people import Person, capacities
from yibaobox.domain.policy import Place, freshman
from yibaobox.domain.policy.freshman import Settled
from yibaobox.domain.policy.standing import Payment, benefit_period
from yibaobox.domain.store import Tx

PLEDGE_DUE: Final = "portal.pledge"
SCHEME: Final = "resident_student"
NO_ACCOUNT: Final = "NO_ACCOUNT"
PENDING: Final = "PENDING"
OPENED: Final = "OPENED"
FAILED: Final = "FAILED"
STATES: Final = {NO_ACCOUNT: "未建账", PENDING: "已申请待审核", OPENED: "已建账", FAILED: "建账失败"}
_OWING: Final = "CASH:reclaim"
_MINUTE_US: Final = 60_000_000


def state_of(tx: Tx, psn_no: str) -> tuple[str, Application | None]:
    """Return how a person's account stands, and the application that says so."""
    sent = next((one for one in applications.listed(tx, psn_no, applications.FRESHMAN)), None)
    if sent is None:
        return NO_ACCOUNT, None
    return {applications.APPROVED: OPENED, applications.REJECTED: FAILED}.get(sent.state, PENDING), sent


def pledge_text(person: Person, record: SchoolRecord, year: int) -> str:
    """Return the pledge as this student signs it."""
    return (
        f"自愿参保承诺书（新生）：本人{person.name}，属于{record.school}{record.college}{record.major}专业学生，"
        f"学号{record.student_no}。承诺：1.本人已了解城乡居民基本医疗保险及门诊共济保障机制的相关政策；"
        f"2.愿意参加{year + 1}年度城乡居民基本医疗保险，并按规定缴纳{year + 1}年度参保费；"
        f"3.因未按规定缴纳{year + 1}年度参保费，{year}年度的全额医疗费用由本人自行承担，已发生的持卡结算费用全额退回。"
    )


def candidate(tx: Tx, person: Person, record_id: int) -> SchoolRecord:
    """Return the registration that a freshman confirms with; refuse one of another year or region."""
    record = schools.of(tx, person, record_id)
    place = Place(record.region, SCHEME)
    if not freshman.opens_account(place, tx.today):
        raise NotEligible("该院校所在统筹区没有新生参保确认")
    if record.registered_on > tx.today or record.registered_on.year != tx.today.year:
        raise NotEligible("仅本年度已报到注册的新生可以办理参保确认")
    return record


def submit(tx: Tx, psn_no: str, *, record_id: int, agreed: bool, signature: str, agent: str | None) -> Application:
    """Hand a confirmation in; whoever waits, has an account or failed is told so and applies no second time."""
    person = people.get(tx, psn_no)
    _refuse_repeated(tx, psn_no)
    record = candidate(tx, person, record_id)
    if not agreed:
        raise InvalidInput("请先阅读并同意自愿参保承诺书", field="agreed")
    if signature != person.name:
        raise InvalidInput("申请人签名须与本人姓名一致", field="signature")
    enrolment.check_free(tx, psn_no, tx.today)
    form = openings.form(record, tx.today.year, signature)
    drafted = applications.draft(tx, psn_no, applications.FRESHMAN, form, record.region)
    return applications.submit(tx, drafted, record.region, agent)


def due_us(tx: Tx, sent: Application) -> int:
    """Return when an account opens by itself: after the usual minutes, at the latest as the next day begins."""
    found = freshman.opening(Place(sent.region, SCHEME), tx.today)
    latest = clock.start_of(found.open_by)
    return min(tx.now_us + found.latency_minutes * _MINUTE_US, latest)


def open_account(tx: Tx, sent: Application) -> enrolment.Participation:
    """Open the account of a confirmation: participation, benefits to the year's end, the day the pledge falls due."""
    if schools.other_name(tx, sent.psn_no) is not None:
        raise Conflicting(OTHER_NAME)
    year, unit = sent.form["year"], f"{sent.form['school']}{sent.form['college']}"
    part = enrolment.register(
        tx, sent.psn_no, enrolment.NewParticipation(sent.region, "student", tx.today, "", unit, year)
    )
    made = _opened(tx, sent, part.part_id, _waived(tx, sent, year))
    openings.write(tx, made)
    jobs.enqueue(
        tx,
        PLEDGE_DUE,
        {"psn_no": sent.psn_no, "year": year},
        due_us=max(tx.now_us, clock.start_of(made.due + timedelta(days=1))),
        key=f"{PLEDGE_DUE}:{sent.application_id}",
    )
    return part


def _waived(tx: Tx, sent: Application, year: int) -> enrolment.BenefitPeriod:
    """Grant the rest of the year, for which nothing is paid."""
    assert sent.submitted_us is not None, "what is approved was submitted"
    confirmed = Payment(clock.day_of(sent.submitted_us), status="freshman")
    days = benefit_period(Place(sent.region, SCHEME), year, confirmed)
    return enrolment.grant_period(
        tx,
        sent.psn_no,
        sent.region,
        capacities.RESIDENT_INSURANCE,
        year,
        days.entitled_from,
        days.entitled_until,
        f"freshman:{sent.application_id}",
    )


def _opened(tx: Tx, sent: Application, part_id: int, period: enrolment.BenefitPeriod) -> Opened:
    """The account as of today; its pledge is open until the window of the next year has closed."""
    place = Place(sent.region, SCHEME)
    promised = freshman.pledge(place, tx.today.replace(year=period.year), (), today=tx.today, next_paid_on=None)
    return Opened(
        psn_no=sent.psn_no,
        year=period.year,
        application_id=sent.application_id,
        region=sent.region,
        opened_on=tx.today,
        claimable_on=freshman.credential_from(place, tx.today),
        until=period.until_day,
        part_id=part_id,
        period_id=period.period_id,
        pledge="OPEN",
        due=promised.due_until,
        decided_us=None,
    )


def pledge_due(tx: Tx, payload: Mapping[str, Any]) -> None:
    """Decide a pledge when the next year can be paid no more; a broken one calls back what the funds paid."""
    ledger.lock(tx, [payload["psn_no"]])
    found = openings.get(tx, payload["psn_no"], payload["year"])
    if found.pledge != "OPEN":
        return
    paid_us = _next_paid_us(tx, found)
    paid_on = None if paid_us is None else clock.day_of(paid_us)
    settled = _funds(tx, found)
    stands = freshman.pledge(
        Place(found.region, SCHEME),
        found.opened_on.replace(year=found.year),
        [Settled(found.opened_on.replace(year=found.year), sum(moved.values())) for _, moved in settled],
        today=tx.today,
        next_paid_on=paid_on,
    )
    if stands.state == "open":
        return
    if stands.state == "broken":
        _reclaim(tx, found, settled, stands.reclaimed_fen)
    openings.decide(tx, found, stands.state.upper())


def next_paid(tx: Tx, found: Opened) -> bool:
    """Whether the next year's premium has been paid."""
    return _next_paid_us(tx, found) is not None


HANDLERS: Final[Mapping[str, jobs.Handler]] = {PLEDGE_DUE: pledge_due}


def _refuse_repeated(tx: Tx, psn_no: str) -> None:
    state, sent = state_of(tx, psn_no)
    if state == PENDING:
        raise DuplicateApplication("您的申请已提交、正在审核，不可重复申请，请在“我的办件”中查询结果")
    if state == OPENED:
        raise Conflicting("您的居保账户已建立，无需重复申请")
    if state == FAILED:
        assert sent is not None, "an application failed"
        raise Conflicting(f"建账失败：{sent.reason}；请联系经办机构处理", reason=sent.reason)


def _next_paid_us(tx: Tx, found: Opened) -> int | None:
    """When the next year was paid: at the tax channel, or by set-up."""
    premium = bills.Premium(found.psn_no, found.region, capacities.RESIDENT_INSURANCE, found.year + 1)
    paid_us = bills.first_paid_us(tx, premium)
    if paid_us is not None:
        return paid_us
    return min(tx.now_us, clock.start_of(found.due)) if enrolment.live(tx, *premium) is not None else None


def _funds(tx: Tx, found: Opened) -> list[tuple[int, dict[str, int]]]:
    """Return what each fund paid for the settlements of the account's year that stand: number, fund and fen."""
    told = []
    for made in visits.standing_in(tx, found.psn_no, found.region, found.year):
        moved = {name: -fen for name, fen in ledger.lines(tx, made.psn_no, made.txn_id) if ledger.is_fund(name)}
        if sum(moved.values()) > 0:
            told.append((made.setl_id, moved))
    return told


def _reclaim(tx: Tx, found: Opened, settled: list[tuple[int, dict[str, int]]], fen: int) -> None:
    """Give the funds back what they paid; the student owes it in cash. The year's accumulators stay as they were."""
    if not settled:
        return
    back: dict[str, int] = {}
    for _, moved in settled:
        for name, paid in moved.items():
            back[name] = back.get(name, 0) + paid
    assert sum(back.values()) == fen, "what is called back is what the funds paid"
    entries = [ledger.Entry(found.psn_no, name, paid) for name, paid in back.items() if paid]
    owed = ledger.Entry(found.psn_no, _OWING, -fen)
    note = {"application_id": found.application_id, "year": found.year}
    txn_id = ledger.post(tx, "reclaim", [*entries, owed], note=note)
    openings.reclaim(tx, found, [(setl_id, sum(moved.values())) for setl_id, moved in settled], txn_id)
