"""Policy files: what is shipped is sound, and what is wrong stops the start with file, path and value."""

import copy
import re
from datetime import date

import pytest

from yibaobox.domain.errors import InvalidInput, PolicyGap
from yibaobox.domain.policy import Place, PolicyDataError, explain, in_force, policy_for, shipped, split
from yibaobox.domain.policy.claim import Accounts, Accumulators, Line, Standing
from yibaobox.domain.policy.load import REGIONS, parse_table, read_table, read_tables, read_yaml
from yibaobox.domain.policy.resolve import Book

NAME = "510400/employee.outpatient.yaml"
ON = date(2025, 11, 20)


@pytest.fixture
def raw():
    return copy.deepcopy(read_yaml((REGIONS / NAME).read_text(encoding="utf-8")))


def first(raw, parameter="ratio"):
    """The first value that a source has; older ones are illustrations."""
    return next(v for v in raw["parameters"][parameter]["values"] if v["confidence"] != "illustrative")


def city(value, *, region="510400", scheme="employee", since="2025-01-01", until=None, confidence="seed-aggregator"):
    entry = {"from": since, "to": until, "source": "s", "at": "L1", "confidence": confidence, "value": value}
    raw = {
        "schema": "policy/1",
        "region": region,
        "scheme": scheme,
        "benefit": "outpatient",
        "method": "pool_line",
        "sources": {"s": {"kind": "seed", "title": "t"}},
        "parameters": {"cap": {"unit": "CNY", "values": [entry]}},
    }
    return parse_table(raw, f"{region}/{scheme}.outpatient.yaml")


def cap(book, region="510400", on=ON, profile="strict"):
    return book.find(Place(region, "employee", profile), "outpatient", "cap", on).value


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda raw: raw.update(surprise=1), "surprise"),
        (lambda raw: raw["parameters"].update(ratoi=raw["parameters"]["ratio"]), "ratoi"),
        (lambda raw: first(raw).update(uprating="x"), "uprating"),
        (lambda raw: first(raw).pop("source"), "source"),
        (lambda raw: first(raw).pop("at"), "'at'"),
        (lambda raw: first(raw).pop("confidence"), "confidence"),
        (lambda raw: first(raw).update(source="nowhere"), "nowhere"),
        (lambda raw: first(raw)["table"]["active"].update(L3="101%"), "101%"),
        (lambda raw: first(raw)["table"]["active"].update(L3=0.5), "0.5"),
        (lambda raw: first(raw)["table"]["active"].update(L9="50%"), "L9"),
        (lambda raw: first(raw)["table"].update(king={"L3": "50%"}), "king"),
        (lambda raw: first(raw, "cap")["table"].update(active="1000"), "1000"),
        (lambda raw: first(raw, "cap")["table"].update(active="-1.00"), "-1.00"),
        (lambda raw: first(raw, "cap")["table"].update(active=1000), "1000"),
        (lambda raw: first(raw).update({"from": "2025-02-30"}), "2025-02-30"),
        (lambda raw: first(raw).update(to="2025-01-01"), "holds on no day"),
        (lambda raw: raw["parameters"]["cap"]["values"].append(first(raw, "cap")), "two values on 2025-01-01"),
        (lambda raw: raw.update(method="guess"), "guess"),
        (lambda raw: first(raw)["table"]["active"].update(L3="100.0001%"), "100.0001%"),
        (lambda raw: first(raw)["table"]["active"].update(L3=True), "True"),
        (lambda raw: first(raw)["table"]["active"].update(L3="5e1%"), "5e1%"),
        (lambda raw: first(raw, "cap")["table"].update(active=["1.00", 2.0]), "2.0"),
        (lambda raw: first(raw, "cap")["table"].update(active="1,000.00"), "1,000.00"),
        (lambda raw: first(raw, "cap")["table"].update(active=None), "None"),
        (lambda raw: first(raw).pop("from"), "'from'"),
        (lambda raw: first(raw).update({"from": "2025-1-1"}), "2025-1-1"),
        (lambda raw: first(raw).update({"from": 20250101}), "20250101"),
        (lambda raw: first(raw).update(confidence="certain"), "certain"),
        (lambda raw: raw["parameters"]["ratio"].update(unit="percent"), "percent"),
        (lambda raw: raw["parameters"]["ratio"].update(by=["colour"]), "colour"),
        (lambda raw: raw.update(year="13-01"), "13-01"),
        (lambda raw: raw["buckets"].update(fund="{person}"), "{person}"),
        (lambda raw: raw.update(region=510400), "510400"),
        (lambda raw: raw.update(region="511700"), "belong in 511700/"),
        (lambda raw: first(raw, "cap").update(table={"L3": "1.00"}), "L3"),
    ],
)
def test_wrong_file_is_refused_naming_file_and_value(raw, spoil, said):
    spoil(raw)

    with pytest.raises(PolicyDataError, match=re.escape(said)) as refused:
        parse_table(raw, NAME)
    assert NAME in str(refused.value)


def test_key_written_twice_and_broken_yaml_are_refused(tmp_path):
    folder = tmp_path / "510400"
    folder.mkdir()
    path = folder / "employee.outpatient.yaml"
    for text, said in (("schema: a\nschema: b\n", "'schema' stands twice"), ("a: [", "510400/employee")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(PolicyDataError, match=said):
            read_table(path)


def test_validity_is_half_open():
    book = Book([city("1.00", until="2025-11-20")])

    assert cap(book, on=date(2025, 11, 19)) == 100
    with pytest.raises(PolicyGap):
        cap(book)


def test_city_beats_province_and_province_beats_nation():
    nation, province = city("1.00", region="100000"), city("2.00", region="510000")

    assert cap(Book([nation])) == 100
    assert cap(Book([nation, province])) == 200
    assert cap(Book([nation, province, city("3.00")])) == 300
    assert cap(Book([nation, province, city("3.00")]), region="511700") == 200


def test_school_scope_beats_its_city():
    book = Book([city("3.00", region="500000"), city("4.00", region="500000-cqmu")])

    assert cap(book, region="500000-cqmu") == 400
    assert cap(book, region="500000") == 300


def test_strict_refuses_illustrations_and_demo_says_that_it_used_one():
    book = Book([city("3.00", confidence="illustrative")])

    assert cap(book, profile="demo") == 300
    with pytest.raises(PolicyGap):
        cap(book)
    assert policy_for("510400", "resident", "inpatient", ON).terms(Standing("normal", "L3")).warnings


def test_illustration_does_not_hide_a_sourced_figure_of_a_wider_region_in_strict():
    assert cap(Book([city("3.00", confidence="illustrative"), city("2.00", region="510000")])) == 200


def test_blank_cell_stops_the_search():
    with pytest.raises(PolicyGap):
        cap(Book([city("gap"), city("2.00", region="510000")]))


def test_blank_cell_is_filled_by_an_illustration_in_demo_and_by_nothing_else():
    blank, sourced = city("gap"), city("2.00", region="510000")
    illustration = city("3.00", region="100000", confidence="illustrative")

    assert cap(Book([blank, sourced, illustration]), profile="demo") == 300
    for book, profile in ((Book([blank, sourced]), "demo"), (Book([blank, illustration]), "strict")):
        with pytest.raises(PolicyGap):
            cap(book, profile=profile)


def test_star_answers_for_a_dimension_that_is_not_named_too():
    entry = {"from": "2025-01-01", "source": "s", "at": "L1", "confidence": "seed-aggregator"}
    raw = {
        "schema": "policy/1",
        "region": "510400",
        "scheme": "employee",
        "benefit": "chronic",
        "method": "pool_line",
        "sources": {"s": {"kind": "seed", "title": "t"}},
        "parameters": {
            "cap": {"unit": "CNY", "by": ["disease"], "values": [{**entry, "table": {"gout": "2.00", "*": "1.00"}}]}
        },
    }
    book = Book([parse_table(raw, "510400/employee.chronic.yaml")])

    for dims, expected in (({}, 100), ({"disease": "asthma"}, 100), ({"disease": "gout"}, 200)):
        assert book.find(Place("510400", "employee"), "chronic", "cap", ON, dims).value == expected


def test_gap_names_path_region_and_day():
    with pytest.raises(PolicyGap) as refused:
        cap(Book([]))

    assert refused.value.detail["path"] == ["outpatient.cap"]
    assert "510400" in refused.value.message
    assert "2025-11-20" in refused.value.message


def test_region_code_must_be_six_digits():
    with pytest.raises(InvalidInput):
        cap(Book([]), region="5104")


def test_every_shipped_value_says_where_it_comes_from():
    values = [
        dated for table in shipped().tables() for parameter in table.parameters.values() for dated in parameter.values
    ]

    assert len(values) > 100
    assert all(dated.citation.at and dated.citation.title and dated.citation.confidence for dated in values)
    assert all(dated.citation.assumed for dated in values if dated.citation.confidence == "assumption")


def test_figures_quoted_from_a_source_stand_in_the_quote():
    table = shipped().tables("510400")
    outpatient = next(table for table in table if (table.scheme, table.benefit) == ("employee", "outpatient"))
    for parameter in outpatient.parameters.values():
        dated = next(dated for dated in parameter.values if dated.citation.confidence != "illustrative")
        written = re.findall(r"\d+(?=\.00|%)", str(dated.raw))
        assert all(any(figure in quote for quote in dated.citation.quote) for figure in written)


def test_folder_with_one_benefit_twice_is_refused(tmp_path):
    text = (REGIONS / NAME).read_text(encoding="utf-8")
    (tmp_path / "510400").mkdir()
    (tmp_path / NAME).write_text(text, encoding="utf-8")

    assert len(read_tables(tmp_path)) == 1
    (tmp_path / "510400" / "copy.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyDataError, match="belong in"):
        read_tables(tmp_path)


def test_three_kinds_of_relatives_become_eight_on_the_day_of_the_announcement():
    def kinds(day):
        return len(shipped().find(Place("510400", "employee"), "family_account", "relations", day).value)

    assert [kinds(date(2025, 7, 3)), kinds(date(2025, 7, 4))] == [3, 8]


def test_tables_in_force_show_figure_source_and_confidence():
    tables = in_force.tables("510400", ON)
    outpatient = next(t for t in tables if (t["scheme"], t["benefit"]) == ("employee", "outpatient"))
    ratio = next(row for row in outpatient["parameters"] if row["parameter"] == "ratio")

    assert ratio["value"]["active"]["L3"] == "50%"
    assert (ratio["citation"]["at"], ratio["citation"]["confidence"]) == ("L79-80", "seed-aggregator")


def test_tables_in_force_hide_illustrations_in_strict():
    strict = in_force.tables("510400", ON, "strict")

    assert "511700" in in_force.regions()
    assert not [
        t for t in strict if (t["scheme"], t["benefit"]) == ("employee", "inpatient") and len(t["parameters"]) > 1
    ]
    assert all(row["citation"]["confidence"] != "illustrative" for t in strict for row in t["parameters"])


def test_explanation_names_the_source_of_the_ratio_and_why_the_fund_stopped():
    policy = policy_for("510400", "employee", "outpatient", ON)
    used = Accumulators(20_000, 99_000)
    done = split(policy, (Line(10_000, "A"), Line(500, "C")), Standing("active", "L3"), used, Accounts())
    explained = explain.document(policy, done)
    line = next(step for step in explained["steps"] if step["step"] == "pool_line")

    assert line["zh"] == "按比例 50.00 = 100.00 × 50%，四舍五入到分"
    assert (line["source"], line["confidence"]) == ("004_691d2d9573f45650.txt L79-80", "seed-aggregator")
    assert [reason["code"] for reason in explained["why_not"]] == ["CAP_REACHED", "CLASS_C", "ACCOUNTS_EMPTY"]
    assert explained["policy_version"] == done.terms.version
    assert "统筹基金支付 10.00（封顶线 1000.00，本年已付 990.00）" in explain.tree(explained)
