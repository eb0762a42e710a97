"""The oracle as a fixture: it is a plain file, not part of any package."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def oracle():
    spec = importlib.util.spec_from_file_location("outpatient_oracle", Path(__file__).with_name("outpatient_oracle.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
