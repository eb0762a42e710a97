"""The checked-in contracts are those of the code, and are true OpenAPI."""

from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

from yibaobox.app import contracts
from yibaobox.settlement.routes import TRANSACTIONS

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
