"""docs/coverage.md is what playing every transaction gives; what is not served says so by its official name."""

import pytest

import coverage_page
from yibaobox.settlement.catalogue import titles
from yibaobox.settlement.routes import TRANSACTIONS

SERVED = {each.infno for each in TRANSACTIONS}


def test_the_page_counts_what_is_carried():
    assert coverage_page.PAGE.read_text(encoding="utf-8") == coverage_page.page()


@pytest.mark.parametrize("single", [True, False], ids=["single address", "own address"])
def test_every_other_transaction_is_refused_by_its_name(clinic, single):
    others = sorted(set(titles()) - SERVED)

    assert len(titles()) == 212
    for infno in others:
        address = {} if single else {"url": f"/fsi/api/{infno}"}
        reply = clinic.send(clinic.envelope(infno, {"data": {}}), **address)
        if len(infno) > 5:  # two have numbers that no envelope can carry
            assert not reply.ok, infno
            continue
        assert (reply.code, reply.body["infcode"]) == ("UNSUPPORTED_TRANSACTION", -1), infno
        assert reply.body["err_msg"] == f"未支持的交易：{infno} {titles()[infno]}"
