"""`yibaobox down`: end the sandbox that runs here."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import Any, Final
from urllib.parse import urlsplit

import click

from yibaobox.cli import running
from yibaobox.cli.client import DEFAULT_URL, UNREACHABLE, URL
from yibaobox.cli.desk import Screen, local

_WAIT_S: Final = 10
_POLL_S: Final = 0.05


@click.command()
@click.option("--url", envvar=URL, default=DEFAULT_URL, show_default=True, show_envvar=True, help="The sandbox.")
@local
def command(screen: Screen, url: str) -> None:
    """End the sandbox that this user started on a port, and wait until it is gone."""
    port = urlsplit(url).port or 80
    found = running.find(port)
    if found is None:
        screen.show({"stopped": False, "port": port}, lambda told: f"no sandbox of yours runs on port {told['port']}")
        raise SystemExit(UNREACHABLE)
    _end(found["pid"], port)
    screen.show({"stopped": True, "port": port, "pid": found["pid"]}, _said)


def _end(pid: int, port: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    for _ in range(int(_WAIT_S / _POLL_S)):
        if running.find(port) is None:
            return
        time.sleep(_POLL_S)
    raise click.ClickException(f"process {pid} does not end")


def _said(told: dict[str, Any]) -> str:
    return f"process {told['pid']} on port {told['port']} has ended"
