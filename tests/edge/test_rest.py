"""REST: a problem document for everything that is not a success, OpenAPI that tells the truth, pages that stay home."""

import hashlib
import logging
import re
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from yibaobox.domain.people import id_numbers
from yibaobox.edge import docs_page, fields

PROBLEM = "application/problem+json"
SOUND = {"payer": "a", "amount_fen": 1}


def problem(reply, status, code):
    assert (reply.status_code, reply.mimetype) == (status, PROBLEM)
    document = reply.json
    assert document["code"] == reply.headers["X-Sandbox-Code"] == code
    assert document["trace"] == reply.headers["X-Sandbox-Trace"]
    assert document["status"] == status
    assert re.search("[\u4e00-\u9fff]", document["detail"])
    return document


def test_an_unknown_address_below_a_service_is_a_problem(client):
    problem(client.get("/portal/v1/nothing"), 404, "NOT_FOUND")


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(client):
    reply = client.delete("/portal/v1/bills")

    problem(reply, 405, "METHOD_NOT_ALLOWED")
    assert set(reply.headers["Allow"].split(", ")) >= {"GET", "POST"}


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/xml"])
def test_a_body_that_is_not_declared_as_json_is_refused(client, media_type):
    reply = client.post("/portal/v1/bills", data=b'{"payer":"a","amount_fen":1}', content_type=media_type)

    problem(reply, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_beyond_a_mebibyte_is_refused(client):
    reply = client.post("/portal/v1/bills", data=b" " * ((1 << 20) + 1), content_type="application/json")

    problem(reply, 413, "PAYLOAD_TOO_LARGE")


def test_one_route_may_take_more(client):
    assert client.post("/portal/v1/upload", data=b"x" * 2_000_000).json == {"size": 2_000_000}
    problem(client.post("/portal/v1/upload", data=b"x" * 3_000_001), 413, "PAYLOAD_TOO_LARGE")


def test_a_value_out_of_bounds_is_named(client):
    document = problem(client.post("/portal/v1/bills", json=SOUND | {"count": 11}), 422, "INVALID_INPUT")

    assert list(document["errors"]["json"]) == ["count"]


def test_a_refusal_carries_its_code_and_detail(client):
    document = problem(client.get("/portal/v1/bills/b1"), 404, "NOT_FOUND")

    assert (document["detail"], document["bill_id"]) == ("没有这张账单", "b1")


def test_a_bug_answers_500_with_a_trace_and_nothing_else(client, caplog):
    with caplog.at_level(logging.ERROR, logger="yibaobox"):
        document = problem(
            client.post("/portal/v1/bug?q=secretive", json=SOUND | {"payer": "张三丰"}), 500, "INTERNAL_ERROR"
        )

    assert document["trace"] in caplog.text
    assert "builtins.ValueError" in caplog.text
    assert "conftest.py" in caplog.text
    assert "张三丰" not in caplog.text + str(document)
    assert "secretive" not in caplog.text + str(document)


@pytest.mark.parametrize(
    "query", ["limit=1.0", "limit=１", "limit=1_0", "limit=+1", "limit=01", "limit=", "limit=0", "x=1"]
)
def test_a_query_is_read_as_strictly_as_a_body(client, query):
    problem(client.get(f"/portal/v1/bills?{query}"), 422, "INVALID_INPUT")


def test_a_sound_query_is_taken(client):
    assert client.get("/portal/v1/bills?limit=100&name=a").json == {"limit": 100, "name": "a"}


def test_decimals_pass_through_without_a_float(client):
    reply = client.post(
        "/portal/v1/bills", data=b'{"payer":"a","amount_fen":1,"extra":0.10}', content_type="application/json"
    )

    assert b'"extra":0.10' in reply.get_data()


@pytest.mark.parametrize("number", ["310100199001011231", "11010519491231002x"])
def test_an_id_number_is_taken_by_its_check_digit(number):
    right = number[:17] + id_numbers.check_digit(number[:17])

    assert fields.IdNumber().deserialize(right.lower()) == right


def test_the_specification_is_valid_and_documents_problems_as_problems(client):
    document = client.get("/portal/v1/openapi.json").json
    validate(document)

    assert document["openapi"] == "3.1.0"
    for path in document["paths"].values():
        for operation in (value for method, value in path.items() if method != "parameters"):
            for status, reply in operation["responses"].items():
                if status == "default" or status.startswith(("4", "5")):
                    name = reply["$ref"].rpartition("/")[2]
                    assert list(document["components"]["responses"][name]["content"]) == [PROBLEM]


def test_money_is_documented_as_a_bounded_integer(client):
    amount = client.get("/portal/v1/openapi.json").json["components"]["schemas"]["Bill"]["properties"]["amount_fen"]

    assert amount == {"type": "integer", "minimum": 0, "maximum": 10**15}


def test_the_page_of_the_documentation_asks_nothing_of_other_hosts(client):
    page = client.get("/portal/v1/docs")

    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|href|data-spec)="([^"]+)"', page.text)
    assert addresses == ["data:,", "docs/swagger-ui/swagger-ui.css", "openapi.json", *addresses[3:]]
    assert not [address for address in addresses if "//" in address]
    for address in addresses[1:]:
        assert client.get(f"/portal/v1/{address}").status_code == 200


def test_only_the_vendored_files_are_served(client):
    for name in ("swagger-ui/MANIFEST", "../rest.py", "swagger-ui/%2e%2e/%2e%2e/rest.py"):
        assert client.get(f"/portal/v1/docs/{name}").status_code == 404


def test_the_manifest_names_every_vendored_file_with_its_digest():
    folder = docs_page.STATIC / "swagger-ui"
    listed = {}
    for line in (folder / "MANIFEST").read_text().splitlines()[1:]:
        name, checksum, _ = re.split(r"\s{2,}", line)
        listed[name] = checksum

    assert listed == {path.name: digest(path) for path in folder.iterdir() if path.name != "MANIFEST"}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"count": 11}, {"count": ["须在 1 至 10 之间"]}),
        ({"count": "1"}, {"count": ["须为整数"]}),
        ({"note": 1}, {"note": ["须为文本"]}),
        ({"note": None}, {"note": ["不能为 null"]}),
        ({"urgent": "yes"}, {"urgent": ["须为 true 或 false"]}),
        ({"colour": "red"}, {"colour": ["未知的字段"]}),
        ({"payer": ""}, {"payer": ["长度须在 1 至 40 之间"]}),
        ({"at": "2025"}, {"at": ["时间须为带时区的 RFC 3339 格式，例如 2025-11-20T10:00:00+08:00"]}),
    ],
)
def test_what_is_wrong_with_a_field_is_told_in_chinese(client, change, told):
    document = problem(client.post("/portal/v1/bills", json=SOUND | change), 422, "INVALID_INPUT")

    assert document["errors"] == {"json": told}
