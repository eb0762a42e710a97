"""What `yibaobox contract diff` calls a break, change by change, and that the tree breaks nothing that was released."""

import copy
import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from yibaobox.app import compatibility, contracts
from yibaobox.cli import main

FOLDER = Path(__file__).parent.parent.parent / "contracts"
BASE = {
    "paths": {
        "/a/{id}": {
            "parameters": [{"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}],
            "post": {
                "parameters": [{"in": "query", "name": "q", "schema": {"type": "integer", "maximum": 9}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ask"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Told"}}}},
                    "404": {"description": "none"},
                },
            },
            "get": {"responses": {"204": {"description": "nothing"}}},
        }
    },
    "components": {
        "schemas": {
            "Ask": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 9},
                    "kind": {"enum": ["a", "b"], "type": "string"},
                    "note": {"type": ["string", "null"]},
                },
            },
            "Told": {
                "type": "object",
                "required": ["id", "rows"],
                "properties": {
                    "id": {"type": "integer"},
                    "state": {"enum": ["X", "Y"], "type": "string"},
                    "rows": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
                },
            },
        }
    },
}
ASK, TOLD = ("components", "schemas", "Ask"), ("components", "schemas", "Told")
POST = ("paths", "/a/{id}", "post")


def changed(*steps):
    """Return the document with values set at places; GONE takes a key away."""
    made = copy.deepcopy(BASE)
    for place, value in steps:
        node = made
        for key in place[:-1]:
            node = node[key]
        if value is GONE:
            del node[place[-1]]
        else:
            node[place[-1]] = value
    return made


GONE = object()


def found(new, old=BASE):
    return [f"{each.place}: {each.change}" for each in compatibility.breaks("it", old, new)]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ((("paths", "/a/{id}"), GONE), "/a/{id}: the path is gone"),
        ((("paths", "/a/{id}", "get"), GONE), "GET /a/{id}: the operation is gone"),
        (((*POST, "parameters"), []), "POST /a/{id} query parameter q: the parameter is gone"),
        (((*POST, "parameters", 0, "required"), True), "POST /a/{id} query parameter q: the parameter is now required"),
        (((*POST, "parameters", 0, "schema", "maximum"), 8), "POST /a/{id} query parameter q: maximum was 9, is 8"),
        (((*POST, "requestBody", "required"), True), "POST /a/{id} request: a body is now required"),
        (((*POST, "responses", "200"), GONE), "POST /a/{id} response 200: the status is gone"),
        (((*POST, "security"), [{"bearer": []}]), "POST /a/{id} security: credentials are now asked for"),
        (((*ASK, "required"), ["name", "kind"]), "POST /a/{id} request kind: the field is now required"),
        (((*ASK, "properties", "kind"), GONE), "POST /a/{id} request kind: the field is gone"),
        (((*ASK, "properties", "name", "maxLength"), 8), "POST /a/{id} request name: maxLength was 9, is 8"),
        (((*ASK, "properties", "name", "minLength"), 1), "POST /a/{id} request name: minLength was open, is 1"),
        (((*ASK, "properties", "name", "pattern"), "^a$"), "POST /a/{id} request name: pattern was open, is ^a$"),
        (((*ASK, "properties", "kind", "enum"), ["a"]), "POST /a/{id} request kind: the value 'b' is no longer taken"),
        (
            ((*ASK, "properties", "note", "type"), "string"),
            "POST /a/{id} request note: the type null is no longer taken",
        ),
        (((*TOLD, "properties", "state"), GONE), "POST /a/{id} response 200 state: the field is gone"),
        (((*TOLD, "required"), ["rows"]), "POST /a/{id} response 200 id: the field is no longer always there"),
        (
            ((*TOLD, "properties", "id", "type"), "string"),
            "POST /a/{id} response 200 id: the type string is now answered",
        ),
        (
            ((*TOLD, "properties", "state", "enum"), ["X", "Y", "Z"]),
            "POST /a/{id} response 200 state: the value 'Z' is now answered",
        ),
        (
            ((*TOLD, "properties", "rows", "items", "properties", "n"), GONE),
            "POST /a/{id} response 200 rows[].n: the field is gone",
        ),
    ],
)
def test_a_change_that_breaks_is_named_with_its_place(step, said):
    assert found(changed(step)) == [said]


@pytest.mark.parametrize(
    "step",
    [
        (("paths", "/b"), {"get": {"responses": {"200": {"description": "new"}}}}),
        ((*POST, "responses", "409"), {"description": "new refusal"}),
        ((*ASK, "properties", "more"), {"type": "string"}),
        ((*ASK, "properties", "name", "maxLength"), 10),
        ((*ASK, "properties", "kind", "enum"), ["a", "b", "c"]),
        ((*ASK, "required"), []),
        ((*TOLD, "properties", "more"), {"type": "string"}),
        ((*TOLD, "required"), ["id", "rows", "state"]),
        ((*TOLD, "properties", "state", "enum"), ["X"]),
    ],
)
def test_what_a_client_does_not_notice_is_no_break(step):
    assert found(changed(step)) == []


def test_a_new_required_field_is_a_break():
    step = ((*ASK, "properties", "more"), {"type": "string"}), ((*ASK, "required"), ["name", "more"])

    assert found(changed(*step)) == ["POST /a/{id} request more: a required field is new"]


@pytest.mark.parametrize("name", contracts.NAMES)
def test_a_contract_breaks_nothing_of_itself(name):
    document = contracts.plain(name)

    assert list(compatibility.breaks(name, document, document)) == []


@pytest.mark.parametrize("name", contracts.NAMES)
def test_taking_away_any_operation_is_seen(name):
    document = contracts.plain(name)

    for path in document["paths"]:
        less = document | {"paths": {each: item for each, item in document["paths"].items() if each != path}}
        assert [each.place for each in compatibility.breaks(name, document, less)] == [path]


def test_the_command_names_breaks_and_tells_by_its_exit_code(tmp_path):
    for folder, document in (("old", BASE), ("new", changed(((*ASK, "properties", "kind"), GONE)))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "it.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")

    same = CliRunner().invoke(main, ["contract", "diff", str(tmp_path / "old"), str(tmp_path / "old"), "--json"])
    broken = CliRunner().invoke(main, ["contract", "diff", str(tmp_path / "old"), str(tmp_path / "new"), "--json"])

    assert (same.exit_code, json.loads(same.output)["breaks"]) == (0, [])
    assert broken.exit_code == 1
    assert json.loads(broken.output)["breaks"] == [
        {"contract": "it", "place": "POST /a/{id} request kind", "change": "the field is gone"}
    ]


def test_the_newest_release_is_found_by_number_not_by_letters(tmp_path):
    for version in ("0.2.0", "0.10.0", "draft"):
        (tmp_path / version).mkdir()

    assert compatibility.latest(tmp_path) == tmp_path / "0.10.0"
    assert compatibility.latest(tmp_path / "nowhere") is None


def test_the_tree_breaks_nothing_that_was_released():
    released = compatibility.latest(FOLDER / "released")

    assert released is not None
    assert {path.stem for path in released.glob("*.yaml")} == set(contracts.NAMES)
    assert compatibility.compare(released, FOLDER) == []
