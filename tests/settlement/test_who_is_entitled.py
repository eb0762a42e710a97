"""Entitlement on the day of the visit, and whose account pays."""

import pytest

BILL = "865.45"


def refused(clinic, person, **changes):
    visit = clinic.visit(person, BILL)
    reply = clinic.settle(person, visit, BILL, **changes)
    assert clinic.presettle(person, visit, BILL, **changes).code == reply.code
    return reply.code, reply.body["err_msg"]


def test_who_never_enrolled_is_not_entitled(clinic):
    code, said = refused(clinic, clinic.box.person())

    assert (code, "未参保" in said, "2025-11-20" in said) == ("NOT_ELIGIBLE", True, True)


def test_who_begins_tomorrow_is_not_entitled_yet(clinic):
    code, said = refused(clinic, clinic.box.person(enrolled="2025-11-21"))

    assert (code, "2025-11-21" in said) == ("NOT_ELIGIBLE", True)


def test_who_is_insured_elsewhere_is_told_so(clinic):
    code, said = refused(clinic, clinic.box.person(region="511700", enrolled=True))

    assert (code, "其他统筹区" in said) == ("NOT_ELIGIBLE", True)


def test_a_visit_is_judged_on_its_own_day(clinic):
    person = clinic.box.person(enrolled="2025-11-20")
    number = clinic.register(person, begntime="2025-11-19 10:00:00").output["data"]["mdtrt_id"]
    clinic.charge(person, number, BILL)

    assert clinic.settle(person, number, BILL).code == "NOT_ELIGIBLE"


def test_a_resident_is_entitled_by_the_paid_year(clinic):
    paid = clinic.box.person(capacity="resident", enrolled=True, paid_year=[2025])
    unpaid = clinic.box.person(capacity="resident", enrolled=True, paid_year=[])

    assert clinic.settle(paid, clinic.visit(paid, BILL), BILL).setlinfo["insutype"] == "390"
    assert refused(clinic, unpaid)[0] == "NOT_ELIGIBLE"


def test_a_figure_that_only_illustrates_does_not_answer_in_a_strict_world(clinic):
    person = clinic.box.person(capacity="resident", enrolled=True, paid_year=[2025])
    clinic.box.ask("PUT", "/switches", {"policy": "strict"})

    assert refused(clinic, person)[0] == "POLICY_GAP"


def test_suspension_between_quote_and_settlement_ends_an_employees_entitlement(app, clinic, couple):
    patient, spouse = couple(clinic.box)
    visit = clinic.visit(patient, BILL)
    quote = clinic.presettle(patient, visit, BILL).setlinfo["exp_content"]
    suspend(app, clinic.box.world, patient["psn_no"])

    stopped = clinic.settle(patient, visit, BILL, exp_content=quote)

    assert (stopped.code, "暂停" in stopped.body["err_msg"]) == ("NOT_ELIGIBLE", True)
    assert clinic.box.ask("GET", f"/people/{spouse['psn_no']}")["account_fen"] == 100_000


def suspend(app, world, psn_no):
    from yibaobox.domain import enrolment

    with app.worlds.get(world).write() as tx:
        part = enrolment.active(tx, psn_no)
        enrolment.suspend(tx, psn_no, part.part_id, on=tx.today, reason="离职")


@pytest.mark.parametrize(
    ("use", "own", "family", "cash"),
    [("0", 0, 0, 532.72), ("1", 100, 432.72, 0), ("2", 100, 432.72, 0)],
)
def test_the_flag_says_whose_account_pays(clinic, couple, use, own, family, cash):
    patient, _ = couple(clinic.box)

    told = clinic.settle(patient, clinic.visit(patient, BILL), BILL, acct_used_flag=use).setlinfo

    assert (round(told["acct_pay"] - told["acct_mulaid_pay"], 2), told["acct_mulaid_pay"]) == (own, family)
    assert told["psn_cash_pay"] == cash


def test_a_world_may_keep_the_family_out_unless_it_is_asked_for(clinic, couple):
    patient, _ = couple(clinic.box)
    clinic.box.ask("PUT", "/switches", {"family_auto": "off"})

    alone = clinic.settle(patient, clinic.visit(patient, BILL), BILL).setlinfo
    asked = clinic.settle(patient, clinic.visit(patient, "10.00"), "10.00", acct_used_flag="2").setlinfo

    assert (alone["acct_mulaid_pay"], alone["psn_cash_pay"]) == (0, 432.72)
    assert asked["acct_mulaid_pay"] == 5


def test_a_relatives_account_that_nobody_opened_is_refused(clinic):
    person = clinic.box.person(enrolled=True, account_fen=10_000)

    assert refused(clinic, person, acct_used_flag="2")[0] == "NO_FAMILY_BINDING"


def test_the_oldest_binding_pays_first(clinic, couple):
    patient, first = couple(clinic.box, own_fen=0, spouse_fen=10_000)
    second = clinic.box.person(enrolled=True, account_fen=10_000)
    binding = {"member_psn_no": patient["psn_no"], "relation": "child"}
    clinic.box.ask("POST", f"/people/{second['psn_no']}/family", binding)

    told = clinic.settle(patient, clinic.visit(patient, "350.00"), "350.00").setlinfo

    assert told["acct_mulaid_pay"] == 200
    left = [clinic.box.ask("GET", f"/people/{one['psn_no']}")["account_fen"] for one in (first, second)]
    assert left == [0, 0]
    explained = clinic.box.ask("GET", f"/settlements/{told['setl_id']}/explain")["accounts"]["family"]
    assert [one["psn_no"] for one in explained] == [first["psn_no"], second["psn_no"]]


def test_no_account_pays_what_is_outside_the_catalogue(clinic, couple):
    patient, _ = couple(clinic.box)
    visit = clinic.register(patient).output["data"]["mdtrt_id"]
    assert clinic.charge(patient, visit, "50.00", med_list_codg="001102000109999").ok

    told = clinic.settle(patient, visit, "50.00", fulamt_ownpay_amt="50.00", inscp_scp_amt="0").setlinfo

    assert (told["acct_pay"], told["psn_cash_pay"], told["fund_pay_sumamt"]) == (0, 50, 0)


def test_a_code_is_redeemed_by_the_query_and_named_by_the_visit(app, clinic, couple):
    patient, _ = couple(clinic.box)
    code = shown_code(app, clinic.box.world, patient["psn_no"])
    credential = {"mdtrt_cert_type": "01", "mdtrt_cert_no": code}

    told = clinic.query(patient, **credential)
    again = clinic.query(patient, **credential)
    visit = clinic.register(patient, **credential)

    assert "ecToken" in told.output["baseinfo"]["exp_content"]
    assert again.code == "CODE_USED"
    assert visit.ok
    assert clinic.register(couple(clinic.box)[0], **credential).code == "NOT_FOUND"
    other = type(clinic)(clinic.box, "H51040000002")
    assert other.register(patient, **credential).code == "NOT_FOUND"


def test_an_expired_code_and_a_name_that_is_not_the_holders_are_refused(app, clinic, couple):
    patient, _ = couple(clinic.box)
    expired, valid = (shown_code(app, clinic.box.world, patient["psn_no"]) for _ in range(2))
    name = clinic.query(patient, mdtrt_cert_type="01", mdtrt_cert_no=valid, psn_name="测别人")
    clinic.box.ask("POST", "/clock/advance", {"by": "PT2M"})

    late = clinic.query(patient, mdtrt_cert_type="01", mdtrt_cert_no=expired)

    assert (name.code, late.code) == ("NOT_FOUND", "CODE_EXPIRED")
    assert clinic.query(patient, mdtrt_cert_type="01", mdtrt_cert_no="0" * 28).code == "NOT_FOUND"


def shown_code(app, world, psn_no):
    from yibaobox.domain import credentials

    with app.worlds.get(world).write() as tx:
        credentials.set_up(tx, psn_no)
        return credentials.issue_code(tx, psn_no).text


def test_who_is_suspended_later_the_same_day_was_rightly_treated(clinic, couple):
    patient, _ = couple(clinic.box)
    first, second = clinic.visit(patient, "865.45"), clinic.visit(patient, "100.00")
    assert clinic.settle(patient, first, "865.45").ok
    quoted = clinic.envelope("2206", {"data": clinic.payment(patient, second, "100.00")})
    assert clinic.send(quoted, headers={"X-Sandbox-Fault": "suspend.between"}).ok

    assert clinic.settle(patient, second, "100.00").code == "NOT_ELIGIBLE"
    assert clinic.box.violations() == []
