"""The checked-in contracts are those of the code, and are true OpenAPI."""

import re
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

import yibaobox_mocks
from yibaobox.app import contracts
from yibaobox.settlement.routes import TRANSACTIONS

PAGES = "/cgi-bin/mmpayweb-bin/"
FOLDER = Path(__file__).parent.parent.parent / "contracts"


@pytest.mark.parametrize("name", contracts.NAMES)
def test_the_contract_in_the_repository_is_the_one_of_the_code(name):
    found = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")

    assert found == contracts.text(name), "run `make contracts` and look at what changed"


@pytest.mark.parametrize("name", contracts.NAMES)
def test_a_contract_is_valid_openapi(name):
    validate(yaml.safe_load(contracts.text(name)))


def test_there_is_no_other_contract():
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(contracts.NAMES)


def test_each_national_transaction_has_a_path_of_its_own():
    paths = contracts.document("settlement")["paths"]

    assert set(paths) == {f"/fsi/api/{each.infno}" for each in TRANSACTIONS}


def schemas(part, document, met):
    """Return the names of the schemas that a part of a document refers to, and those they refer to."""
    if isinstance(part, dict):
        name = str(part.get("$ref", "")).rpartition("/")[2]
        if name and name not in met and name in document["components"]["schemas"]:
            met.add(name)
            schemas(document["components"]["schemas"][name], document, met)
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        schemas(each, document, met)
    return met


@pytest.mark.parametrize("name", [name for name in contracts.NAMES if name != "settlement"])
def test_no_schema_is_asked_and_answered_for_what_is_asked_has_bounds(name):
    document = contracts.document(name)
    operations = [each for path in document["paths"].values() for each in path.values() if isinstance(each, dict)]

    asked = schemas([each.get("requestBody") for each in operations], document, set())
    answered = schemas([each["responses"] for each in operations], document, set())

    assert answered
    assert asked & answered == set()


def test_each_path_of_the_gateways_is_in_their_contract():
    """Pages for people are none: they speak HTML."""
    said = {
        (re.sub(r"\{\w+\}", "{}", path), method.upper())
        for path, item in contracts.document(contracts.GATEWAYS)["paths"].items()
        for method in item
    }
    served = {
        (re.sub(r"<[^>]*>", "{}", rule.rule.replace("<any(jsapi,native,h5,app):product>", "jsapi")), method)
        for rule in yibaobox_mocks.create(None).url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith(PAGES)
    }

    assert served - said == set()
    assert {path for path, _ in said - served} <= {
        f"/v3/pay/{of}transactions/{product}" for of in ("", "partner/") for product in ("app", "h5", "native")
    }
