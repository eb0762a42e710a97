"""The vendors' own names by private DNS and the installation's CA, on a started server: in Python and in Node."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import wechatpayv3 as sdk
import yaml

from boxes import Server
from yibaobox_mocks import HOSTS


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("tls"), "--population", "0", "--tls-port", "0")
    yield made
    made.audited_stop()


@pytest.fixture(scope="module")
def box(server):
    return server.box()


@pytest.fixture(scope="module")
def port(server):
    return int(server.told["addresses"]["gateways (tls)"].rpartition(":")[2])


@pytest.fixture(scope="module")
def ca(box, tmp_path_factory):
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    file.write_text(box.ask("GET", "/credentials")["tls"]["ca"])
    return str(file)


@pytest.fixture
def private_dns(monkeypatch, port, ca):
    """The vendors' names lead to a high port of loopback, and the CA is trusted."""
    real = socket.getaddrinfo

    def resolved(host, service, *more, **given):
        ours = host in HOSTS and service in (443, "443", "https")
        return real("127.0.0.1", port, *more, **given) if ours else real(host, service, *more, **given)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca)
    monkeypatch.setenv("SSL_CERT_FILE", ca)


def test_an_sdk_fetches_the_certificate_at_its_own_host(box, private_dns, tmp_path):
    keys = box.ask("GET", "/credentials")["wechat"]
    made = sdk.WeChatPay(
        wechatpay_type=sdk.WeChatPayType.NATIVE,
        mchid=keys["mchid"],
        private_key=keys["mch_key"],
        cert_serial_no=keys["mch_serial"],
        appid=keys["appid"],
        apiv3_key=keys["apiv3_key"],
        notify_url="http://127.0.0.1:9/x",
        cert_dir=str(tmp_path),
    )
    status, told = made.pay(description="保费", out_trade_no="BY-NAME-1", amount={"total": 1})

    assert (status, list(json.loads(told))) == (200, ["code_url"])


def test_urllib_reaches_each_name(private_dns):
    for host in HOSTS:
        with pytest.raises(urllib.error.HTTPError) as answered:
            urllib.request.urlopen(f"https://{host}/v3/nothing", timeout=30)
        with answered.value as reply:
            assert reply.code == 404


def test_the_authority_is_believed_by_a_strict_client(box, port, ca):
    """As Python has it by default since 3.13: an authority says what its key is for, and which key that is."""
    context = ssl.create_default_context(cafile=ca)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", port), 30) as line,
        context.wrap_socket(line, server_hostname="api.mch.weixin.qq.com") as shown,
    ):
        names = {name for _, name in shown.getpeercert()["subjectAltName"]}
    assert names == set(HOSTS)


def test_an_sdk_of_node_reaches_its_own_host(box, port, ca, node):
    keys = box.ask("GET", "/credentials")["wechat"]
    given = {"keys": keys, "port": port, "notify_url": "http://127.0.0.1:9/x"}
    driver = node("wechatpay-axios-plugin.js", {"NODE_EXTRA_CA_CERTS": ca}, **given)

    assert driver.ask("order", name="BY-NAME-2", total=1)[0] == 200
    assert driver.ask("query", name="BY-NAME-2")[1]["trade_state"] == "NOTPAY"


def test_a_shell_is_told_what_a_program_needs(box, port, tmp_path):
    command = [sys.executable, "-m", "yibaobox", "env", "--tls", "--json", "--url", box.url]
    env = os.environ | {"YIBAOBOX_DATA": str(tmp_path)}
    told = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60, env=env).stdout)

    assert told["YIBAOBOX_HOSTS"] == "127.0.0.1 " + " ".join(sorted(HOSTS))
    bundle = told["REQUESTS_CA_BUNDLE"]
    assert {told[name] for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE")} == {bundle}
    ca, trusted = (Path(told[name]).read_text() for name in ("NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"))
    assert ca == box.ask("GET", "/credentials")["tls"]["ca"]
    assert ca in trusted
    assert trusted.count("BEGIN CERTIFICATE") > 10  # those of the system are trusted as before
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is missing")
    asked = f"https://api.weixin.qq.com:{port}/sns/jscode2session"
    resolve = ["--resolve", f"api.weixin.qq.com:{port}:127.0.0.1", "--cacert", bundle]
    reply = subprocess.run([curl, "-sS", *resolve, asked], check=True, capture_output=True, timeout=60).stdout
    assert json.loads(reply)["errcode"] == 41002


def test_containers_find_the_vendors_at_the_gateways():
    compose = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text(encoding="utf-8"))
    gateways = compose["services"]["gateways"]

    assert gateways["networks"]["default"]["aliases"] == sorted(HOSTS)
    assert gateways["command"][gateways["command"].index("--tls-port") + 1] == "443"
