"""A merchant of the pretend gateways, in process or wherever a sandbox runs."""

import pytest

from citizen import frozen
from merchant import Merchant


@pytest.fixture
def merchant(local_box):
    return Merchant(frozen(local_box))


@pytest.fixture
def anywhere(any_box):
    return Merchant(frozen(any_box))
