"""Clients other than `requests`: httpx with and without async, and those that nothing intercepts."""

import asyncio
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.request

import httpx
import pytest

from yibaobox.testing import mock_yibao

VENDOR = "https://api.weixin.qq.com/sns/jscode2session"


def run(work):
    return asyncio.run(work)


async def fetched(url, **more):
    async with httpx.AsyncClient(**more) as client:
        return await client.get(url)


def test_httpx_reaches_the_sandbox_and_the_vendors(inproc):
    assert httpx.get(f"{inproc.url}/_sandbox/health").json()["world"] == inproc.world
    assert "errcode" in httpx.get(VENDOR).json()
    made = httpx.post(f"{inproc.url}/_sandbox/v1/people", json={"region": "510400", "capacity": "child"})
    assert made.status_code == 201


def test_httpx_async_reaches_the_sandbox_and_the_vendors(inproc):
    assert run(fetched(f"{inproc.url}/_sandbox/health")).json()["world"] == inproc.world
    assert "errcode" in run(fetched(VENDOR)).json()


def test_a_transport_leads_any_host_to_the_box(inproc):
    transport = inproc.httpx_transport()

    with httpx.Client(transport=transport, base_url="https://gateway.example") as client:
        assert client.get("/_sandbox/health").json()["world"] == inproc.world
    found = run(fetched("https://gateway.example/_sandbox/health", transport=transport))
    assert found.json()["world"] == inproc.world


def test_httpx_gets_errors_of_its_own(inproc):
    inproc.faults.arm("reset.before_effect", times=2, match={"path": "/portal/v1/captcha"})

    with pytest.raises(httpx.ReadError):
        httpx.get(f"{inproc.url}/portal/v1/captcha")
    with pytest.raises(httpx.ReadError):
        run(fetched(f"{inproc.url}/portal/v1/captcha"))
    with pytest.raises(httpx.ConnectError, match="not emulated"):
        httpx.get("https://fuwu.nhsa.gov.cn/")
    with pytest.raises(httpx.ConnectError, match="not emulated"):
        run(fetched("https://fuwu.nhsa.gov.cn/"))


@pytest.mark.parametrize(
    ("fault", "error"),
    [("timeout.after_commit", httpx.ReadTimeout), ("truncate.response;bytes=3", httpx.RemoteProtocolError)],
)
def test_httpx_waits_in_no_time_and_sees_what_breaks_off(inproc, fault, error):
    more = {"headers": {"X-Sandbox-Fault": fault}, "timeout": 25}
    began = time.monotonic()

    with pytest.raises(error):
        httpx.get(f"{inproc.url}/portal/v1/hall", **more)
    with pytest.raises(error):
        run(fetched(f"{inproc.url}/portal/v1/hall", **more))
    assert time.monotonic() - began < 25


def test_httpx_is_given_back(inproc):
    handle = httpx.HTTPTransport.handle_request
    with mock_yibao():
        pass
    assert httpx.HTTPTransport.handle_request is handle


def test_urllib_reaches_a_vendor_by_tls_under_its_own_name(inproc):
    real = socket.getaddrinfo
    with inproc.tls() as tls:
        context = tls.ssl_context()
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        with urllib.request.urlopen(VENDOR, context=context) as reply:
            assert "errcode" in json.load(reply)
        connection = http.client.HTTPSConnection(f"{inproc.world}.yibaobox.test", context=context)
        connection.request("GET", "/_sandbox/health")
        assert json.load(connection.getresponse())["world"] == inproc.world
        connection.close()

    assert socket.getaddrinfo is real


def test_who_does_not_trust_the_authority_is_not_served(inproc):
    with inproc.tls(), pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(VENDOR, context=ssl.create_default_context())


def test_another_process_is_told_where_and_whom_to_trust(inproc):
    code = (
        "import socket, ssl, sys\n"
        "plain = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
        "sock = ssl.create_default_context().wrap_socket(plain, server_hostname='api.weixin.qq.com')\n"
        "sock.sendall(b'GET /sns/jscode2session HTTP/1.0\\r\\nHost: api.weixin.qq.com\\r\\n\\r\\n')\n"
        "print(sock.makefile('rb').read().decode())\n"
    )
    with inproc.tls() as tls:
        env = os.environ | tls.env
        command = [sys.executable, "-c", code, str(tls.port)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True)

    assert "errcode" in done.stdout


def test_no_file_of_it_stays(inproc, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with inproc.tls():
        assert list(tmp_path.iterdir()) != []

    assert list(tmp_path.iterdir()) == []
