"""Tax channel and gateways in processes of their own: orders and call-backs go over real sockets."""

from __future__ import annotations

import socket

import pytest

from boxes import Server
from taxpayer import LOW, taxpayer

AT = "2025-11-20T10:00:00+08:00"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


@pytest.fixture
def gateways_and_tax(fresh_postgres_url, tmp_path):
    port, world = free_port(), ("--db", fresh_postgres_url, "--regions", "511700", "--at", AT, "--population", "0")
    tax_url = f"http://127.0.0.1:{port}"
    gateways = Server(tmp_path / "gateways", *world, env={"YIBAOBOX_TAX_URL": tax_url})
    env = {"YIBAOBOX_TAX_URL": tax_url, "YIBAOBOX_GATEWAYS_URL": gateways.url}
    tax = Server(tmp_path / "tax", *world, "--port", port, env=env)
    yield gateways, tax
    tax.audited_stop()
    gateways.audited_stop()


def test_orders_and_call_backs_go_over_the_wire(gateways_and_tax):
    gateways, tax = gateways_and_tax
    student = taxpayer(tax.box())
    bill = student.bill()
    order = student.order(bill)

    student.box = gateways.box()
    done = student.act(order)
    (event,) = student.box.ask("GET", "/events")["items"]
    student.box = tax.box()

    assert event["url"] == f"{tax.url}/tax/v1/notify/wechat"
    assert [one["status"] for one in done["deliveries"]] == [200]
    assert student.shown_bill(bill)["state"] == "PAID"
    assert student.entries("PREM:511700:2026") == [LOW]


def test_while_the_gateways_are_away_nothing_is_decided(gateways_and_tax):
    gateways, tax = gateways_and_tax
    student = taxpayer(tax.box())
    bill = student.bill()
    gateways.kill()

    refused = student.refusal("POST", f"/bills/{bill['bill_id']}/orders", {"channel": "wechat"})
    assert refused == (504, "PARTY_TIMEOUT")
    gateways.start_again()
