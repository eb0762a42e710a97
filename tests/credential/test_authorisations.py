"""C5: `authCode` to `authNo` and `payAuthNo`, WeChat's `userQuery`, and the serial number looked up."""

import time

import pytest

from citizen import frozen
from clinic import Clinic
from holding import HOSPITAL, holder, user_query
from yibaobox.app.insured import Insured
from yibaobox.domain.errors import CodeExpired, CodeUsed, NotFound

OTHER = "H51040000002"
CHECK = "/localcfc/api/hsecfc/localQrCodeQuery"


@pytest.fixture
def town(local_box):
    return frozen(local_box)


@pytest.fixture
def person(town):
    return holder(town).activate()


def redeem(box, code, institution=HOSPITAL):
    return box.post("/ec/v1/authorisations", {"auth_code": code, "institution": institution})


def asked_again(box, auth_no, institution=HOSPITAL):
    data = {"orgId": institution, "authNo": auth_no}
    return box.post(CHECK, {"transType": "cn.nhsa.auth.check", "orgId": institution, "data": data}).json()


def test_an_auth_code_is_redeemed_once_by_the_institution_it_was_given_to(town, person):
    code = person.auth_code()

    assert redeem(town, code, OTHER).status_code == 404
    found = redeem(town, code).json()
    assert (found["user_card_no"], found["city_id"]) == (person.person["id_no"], "510400")
    assert found["auth_no"].startswith("AUTH")
    assert found["pay_auth_no"].startswith("AUTH")
    assert len(found["pay_auth_no"]) == 40
    assert redeem(town, code).json()["code"] == "CODE_USED"


def test_an_auth_code_lapses_after_five_minutes(town, person):
    code = person.auth_code()
    town.ask("POST", "/clock/advance", {"by": "PT5M"})

    assert redeem(town, code).json()["code"] == "CODE_EXPIRED"


def test_who_has_no_credential_authorises_nothing_and_an_unknown_place_is_refused(town, person):
    assert person.refusal("POST", "/auth_codes", {"institution": "H99999999999"}) == (404, "NOT_FOUND")
    assert person.refusal("POST", "/auth_codes", {"institution": HOSPITAL, "binding_id": 7}) == (404, "NOT_FOUND")


def test_user_query_answers_as_wechats_does(town, person):
    found = user_query(town, {"qrcode": person.auth_code(), "openid": "o-1"}).json()

    assert (found["code"], found["request_id"]) == (0, "req-1")
    assert (found["user_name"], found["user_card_no"]) == (person.person["name"], person.person["id_no"])
    assert "family_pay_auth_no" not in found
    assert len(found["ec_token"]) == 40


def test_a_relatives_payment_has_a_name_of_its_own(town, person):
    child = town.person(region="510400", capacity="child", birth="2015-01-01", enrolled=True)
    bound = person.add(child, relation="child", way="guardian")
    found = user_query(town, {"qrcode": person.auth_code(binding_id=bound["binding_id"]), "openid": "o-1"}).json()

    assert "pay_auth_no" not in found
    assert found["family_pay_auth_no"].startswith("AUTH")
    assert (found["user_card_no"], found["family_user_card_no"]) == (person.person["id_no"], child["id_no"])
    assert asked_again(town, found["auth_no"])["data"]["idNo"] == child["id_no"]


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "wrong"},
        {"signature": ""},
        {"stamp": "soon"},
        {"stamp": str(int((time.time() - 3600) * 1000))},
        {"partner": "0000000000"},
    ],
)
def test_a_query_that_is_not_signed_redeems_nothing(town, person, changed):
    code = person.auth_code()

    assert user_query(town, {"qrcode": code, "openid": "o-1"}, **changed).json()["code"] == 40101
    assert user_query(town, {"qrcode": code, "openid": "o-1"}).json()["code"] == 0


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"\xff", b'{"qrcode":1,"openid":"o"}', b'{"qrcode":"x"}', b'{"qrcode":"","openid":"o"}']
)
def test_a_query_that_cannot_be_read_is_refused_in_its_own_envelope(town, body):
    answered = user_query(town, body)

    assert answered.status_code == 200
    assert answered.json()["code"] >= 40000


def test_the_codes_of_a_refused_query_are_told_apart(town, person):
    code = person.auth_code()
    user_query(town, {"qrcode": code, "openid": "o-1"})
    lapsed = person.auth_code()
    town.ask("POST", "/clock/advance", {"by": "PT5M"})

    numbers = [user_query(town, {"qrcode": one, "openid": "o-1"}).json()["code"] for one in ("X" * 32, code, lapsed)]
    assert numbers == [40401, 40901, 40902]


def test_a_serial_number_is_known_to_the_institution_that_got_it(town, person):
    auth_no = redeem(town, person.auth_code()).json()["auth_no"]

    assert asked_again(town, auth_no)["data"]["idNo"] == person.person["id_no"]
    assert asked_again(town, auth_no, OTHER)["success"] is False
    town.ask("POST", "/clock/advance", {"by": "PT30M"})
    assert asked_again(town, auth_no)["success"] is False


def test_a_purpose_outside_the_list_decodes_nothing(town, person):
    code = person.code()

    assert person.decode(code, purpose="99999").json()["code"] == "INVALID_INPUT"
    assert person.decode(code).status_code == 200


def test_a_payment_number_names_patient_and_holder_and_is_used_by_one_order(app, local_box):
    town = frozen(local_box)
    person = holder(town).activate()
    child = town.person(region="510400", capacity="child", birth="2015-01-01", enrolled=True)
    bound = person.add(child, relation="child", way="guardian")
    paid = redeem(town, person.auth_code(binding_id=bound["binding_id"])).json()["family_pay_auth_no"]
    insured, unknown = Insured(), "AUTH" + "X" * 36

    with app.worlds.get(town.world).write() as tx:
        found = insured.consent(tx, paid)
        assert found is not None
        assert (found.psn_no, found.given_by, found.live) == (child["psn_no"], person.psn_no, True)
        insured.spend(tx, paid, "order-1")
        insured.spend(tx, paid, "order-1")
        assert not insured.consent(tx, paid).live
        for order, number, refusal in (("order-2", paid, CodeUsed), ("order-1", unknown, NotFound)):
            with pytest.raises(refusal):
                insured.spend(tx, number, order)
        assert insured.consent(tx, unknown) is None


def test_a_payment_number_lapses_after_half_an_hour(app, local_box):
    town = frozen(local_box)
    paid = redeem(town, holder(town).activate().auth_code()).json()["pay_auth_no"]
    town.ask("POST", "/clock/advance", {"by": "PT30M"})
    insured = Insured()

    with app.worlds.get(town.world).write() as tx:
        assert not insured.consent(tx, paid).live
        with pytest.raises(CodeExpired):
            insured.spend(tx, paid, "order-1")


def test_the_person_inquiry_takes_a_payment_number_as_a_token(town, person):
    paid = redeem(town, person.auth_code()).json()["pay_auth_no"]
    asked = {"mdtrt_cert_type": "01", "mdtrt_cert_no": paid}

    found = Clinic(town).query(person.person, **asked)
    assert found.output["baseinfo"]["psn_no"] == person.psn_no
    assert Clinic(town, OTHER).query(person.person, **asked).ok is False
