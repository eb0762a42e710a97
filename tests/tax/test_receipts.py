"""T10: receipts on paper, verified by anybody who holds one; red ones after a refund; amounts in capitals."""

from __future__ import annotations

import io
import zlib

import pytest
import segno
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from citizen import frozen
from striking import until
from taxpayer import HIGH, LOW, taxpayer
from yibaobox.tax import capitals

DIGITS = {name: value for value, name in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.fixture
def student(local_box):
    return taxpayer(frozen(local_box))


def receipt(payer):
    return payer.ask("GET", "/receipts")["items"][0]


def streams(content):
    """The streams of a PDF, unpacked where they are packed."""
    for part in content.split(b"stream\n")[1::2]:
        try:
            yield zlib.decompress(part)
        except zlib.error:
            continue


def test_a_receipt_is_a_pdf_with_its_font_inside(student):
    student.pay()
    found = receipt(student)
    reply = student.request("GET", f"/receipts/{found['receipt_no']}/pdf")

    assert (reply.headers["Content-Type"], reply.content[:5]) == ("application/pdf", b"%PDF-")
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{found["receipt_no"]}.pdf"'
    assert b"/FontFile2" in reply.content
    fonts = [TTFont(io.BytesIO(one)) for one in streams(reply.content) if one[:4] == b"\0\1\0\0"]
    assert any(len(font.getGlyphOrder()) > 60 for font in fonts)
    assert len(reply.content) < 200_000


def test_whoever_holds_a_receipt_verifies_it_without_signing_in(student):
    student.pay(HIGH)
    found = receipt(student)
    asked = {"code": found["check_code"]}
    path = f"/tax/v1/receipts/{found['receipt_no']}"

    told = student.box.get(f"{path}/verify", params=asked).json()
    assert (told["state"], told["state_name"]) == ("VALID", "有效")
    assert told["facts"]["金额（大写）"] == "肆佰陆拾元整"
    assert told["facts"]["缴费人"] == f"*{student.person['name'][-1]}"
    assert student.person["id_no"] not in str(told)
    page = student.box.get(f"{path}/page", params=asked)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "缴费票据核验：有效" in page.text
    for wrong in ("", "0" * 20, "é", "\x7f"):
        assert student.box.get(f"{path}/verify", params={"code": wrong}).status_code in {404, 422}
    assert student.box.get("/tax/v1/receipts/SBX0/verify", params=asked).status_code == 404


def test_the_code_on_paper_leads_to_the_page(student, monkeypatch):
    drawn = []
    make = segno.make
    monkeypatch.setattr(segno, "make", lambda text, **how: drawn.append(text) or make(text, **how))
    student.pay()
    student.request("GET", f"/receipts/{receipt(student)['receipt_no']}/pdf")

    (address,) = drawn
    assert address.startswith(student.box.url)
    assert "缴费票据核验：有效" in student.box.session.get(address).text


def test_a_receipt_of_somebody_else_is_not_printed(student):
    student.pay()
    number = receipt(student)["receipt_no"]
    assert taxpayer(student.box).refusal("GET", f"/receipts/{number}/pdf") == (404, "NOT_FOUND")


def test_after_a_refund_the_receipt_is_flushed_by_a_red_one(student):
    bill = student.pay()
    before = receipt(student)
    assert before["red_receipt_no"] is None
    student.ask("POST", "/refunds", {"bill_id": bill["bill_id"], "reason": "withdrawal"})
    after = until(lambda: next((one for one in [receipt(student)] if one["state"] == "FLUSHED"), None))

    assert after["receipt_no"] == before["receipt_no"]
    assert after["red_receipt_no"].startswith("SBXR511700")
    told = student.box.get(
        f"/tax/v1/receipts/{after['receipt_no']}/verify", params={"code": before["check_code"]}
    ).json()
    assert (told["state_name"], told["facts"]["冲红票据号码"]) == ("已冲红", after["red_receipt_no"])
    paper = student.request("GET", f"/receipts/{after['receipt_no']}/pdf")
    assert paper.content[:5] == b"%PDF-"
    assert student.ask("GET", "/bills")["items"][0]["receipt_no"] is None


def test_a_receipt_over_a_higher_sum_takes_the_place_of_the_lower(student):
    student.pay(LOW)
    student.pay(HIGH)
    states = {one["amount_fen"]: one["state"] for one in student.ask("GET", "/receipts")["items"]}
    assert states == {LOW: "REPLACED", HIGH: "VALID"}


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (100, "壹元整"),
        (320_05, "叁佰贰拾元零伍分"),
        (1070_00, "壹仟零柒拾元整"),
        (10_005_00, "壹万零伍元整"),
        (100_000_000_00, "壹亿元整"),
        (100_010_001_10, "壹亿零壹万零壹元壹角整"),
        (12_345_678_90, "壹仟贰佰叁拾肆万伍仟陆佰柒拾捌元玖角整"),
    ],
)
def test_amounts_in_capitals(fen, words):
    assert capitals.written(fen) == words


@given(fen=st.integers(0, 10**15))
def test_capitals_read_back_are_the_amount(fen):
    assert _read(capitals.written(fen)) == fen
    assert "零零" not in capitals.written(fen)


def _read(words):
    whole, _, rest = words.removesuffix("整").rpartition("元")
    total = _whole(whole) * 100
    for place, unit in (("角", 10), ("分", 1)):
        if place in rest:
            total += DIGITS[rest[rest.index(place) - 1]] * unit
    return total


def _whole(words):
    total = group = digit = 0
    for char in words:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in PLACES:
            group, digit = group + digit * PLACES[char], 0
        else:
            total += (group + digit) * {"万": 10**4, "亿": 10**8, "兆": 10**12}[char]
            group = digit = 0
    return total + group + digit
