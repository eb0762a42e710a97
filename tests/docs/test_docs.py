"""The documentation keeps up with the code: routes and settings stand in it, and its commands work."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from yibaobox.sandbox import control

ROOT = Path(__file__).parent.parent.parent


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def nameless(path):
    return re.sub(r"<[^>]*>", "<>", path)


def served():
    rules = control.create(None).url_map.iter_rules()
    return {(method, nameless(rule.rule)) for rule in rules for method in rule.methods}


def described():
    found = re.findall(r"`(GET|POST|PUT|DELETE) (/_sandbox/[^`]*)`", text("docs/control-api.md"))
    return {(method, nameless(path)) for method, path in found}


def test_no_control_route_is_described_that_is_not_served():
    assert described() != set()
    assert described() - served() == set()


def test_every_setting_of_the_environment_is_described():
    sources = [path for folder in ("services", "mocks") for path in (ROOT / folder).rglob("*.py")]
    settings = {name for path in sources for name in re.findall(r"YIBAOBOX_[A-Z_]+", path.read_text(encoding="utf-8"))}

    assert settings - set(re.findall(r"`(YIBAOBOX_[A-Z_]+)`", text("docs/cli.md"))) == set()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = tmp_path_factory.mktemp("readme")
    command = [sys.executable, "-m", "yibaobox", "up", "--port", str(port), "--db", f"sqlite:///{data}"]
    env = os.environ | {"YIBAOBOX_DATA": str(data)}
    with subprocess.Popen(command, cwd=data, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            await_answer(f"http://127.0.0.1:{port}/_sandbox/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(10)


def await_answer(url):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            requests.get(url, timeout=2).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} does not answer")


def curls(name):
    blocks = re.findall(r"```sh\n(.*?)```", text(name), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("curl ")]


def ask(line, address):
    words = [word.replace("http://127.0.0.1:8097", address) for word in shlex.split(line)[1:]]
    headers = dict(words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H")
    body = next((words[i + 1] for i, word in enumerate(words) if word == "-d"), None)
    url = next(word for word in words if word.startswith("http"))
    return requests.request("POST" if body else "GET", url, headers=headers, data=body, timeout=10)


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_curl_commands_of_a_readme_succeed(name, address):
    answers = [(line, ask(line, address)) for line in curls(name)]

    assert answers != []
    assert [(line, answer.text) for line, answer in answers if not answer.ok] == []


def test_both_readmes_show_the_same_commands():
    assert [line for line in curls("README.zh-CN.md") if line not in curls("README.md")] == []
