"""What differs between two lists of lines: against a model that compares two dictionaries."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from yibaobox.domain.reconciliation import FileUnreadable, Kind, Line, Row, differences, packed, rows, unpacked

AMOUNTS = st.sampled_from((1, 2, 100, 86_545))


def line(number, sign, total):
    amounts = {"total_fen": sign * total, "fund_fen": sign * (total // 2), "account_fen": sign * (total // 4)}
    known = {"psn_no": "5" * 20, "visit_id": 7, "msgid": f"m{number}", "region": "510400", "insutype": "310"}
    numbers = {"setl_id": number, "number": number if sign > 0 else number + 1000, "sign": sign}
    return Line(**numbers, **known, **amounts, med_type="11", at_us=0)


@st.composite
def books(draw):
    """Settlements, some with their reversal: as (number, sign) → line."""
    found = {}
    for number in draw(st.sets(st.integers(1, 12), max_size=8)):
        total = draw(AMOUNTS)
        for sign in (1, -1) if draw(st.booleans()) else (1,):
            found[number, sign] = line(number, sign, total)
    return found


@given(books(), books(), st.booleans(), st.randoms(use_true_random=False))
def test_what_differs_is_the_symmetric_difference(centre, institution, own_numbers, dice):
    told = [Row.of(each) for each in institution.values()]
    if own_numbers:  # a refund may bear its own number
        told = [replace(row, setl_id=str(int(row.setl_id) + 1000)) if row.total_fen < 0 else row for row in told]
    dice.shuffle(told)

    found = differences(centre.values(), told)

    kinds = {kind: [each for each in found if each.kind is kind] for kind in Kind}
    assert {(each.line.setl_id, each.line.sign) for each in kinds[Kind.ONLY_CENTRE]} == set(centre) - set(institution)
    assert len(kinds[Kind.ONLY_INSTITUTION]) == len(set(institution) - set(centre))
    differing = {key for key in set(centre) & set(institution) if centre[key] != institution[key]}
    assert {(each.line.setl_id, each.line.sign) for each in kinds[Kind.AMOUNT]} == differing


@given(books())
def test_a_list_does_not_differ_from_itself_and_survives_the_journey_as_a_file(held):
    told = [Row.of(each) for each in held.values()]
    cells = [
        (row.setl_id, row.mdtrt_id, row.psn_no, *(yuan(fen) for fen in row.amounts), row.refund_flag) for row in told
    ]

    assert rows(unpacked(packed("a.txt", cells))) == told
    assert packed("a.txt", cells) == packed("a.txt", cells)
    assert differences(held.values(), told) == []


def yuan(fen):
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def tried(read, given):
    """What is read, or why it cannot be."""
    try:
        return read(given), None
    except FileUnreadable as refusal:
        return None, refusal.message


@given(st.text(max_size=200))
def test_any_text_is_rows_or_a_refusal_that_names_the_line(text):
    found, why = tried(rows, text)

    assert (found is not None and len(found) <= text.count("\n") + 1) or "行" in why


@given(st.binary(max_size=300))
def test_any_bytes_are_a_text_or_a_refusal(content):
    assert tried(unpacked, content) != (None, None)
