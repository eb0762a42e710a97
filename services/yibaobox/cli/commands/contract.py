"""`yibaobox contract`: the OpenAPI documents of all services."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from yibaobox.cli.client import CHECK_FAILED, DEFAULT_URL, Client
from yibaobox.cli.desk import Screen, local, table


@click.group()
def command() -> None:
    """Write the OpenAPI documents of all services, compare them, and try them on a running sandbox."""


@command.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@local
def export(screen: Screen, folder: Path) -> None:
    """Write the documents into a folder."""
    from yibaobox.app import contracts  # noqa: PLC0415 - the services load slowly; the other commands need none of them

    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / f"{name}.yaml" for name in contracts.NAMES]
    for path in written:
        path.write_text(contracts.text(path.stem), encoding="utf-8")
    screen.show({"written": [str(path) for path in written]}, lambda told: "\n".join(told["written"]))


@command.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@local
def lint(screen: Screen, folder: Path) -> None:
    """Compare the documents of a folder with the code, and with the release below it in released/.

    Exit code 1 when one differs from the code, or breaks what the latest release promised.
    """
    from yibaobox.app import compatibility, contracts  # noqa: PLC0415 - as above

    differ = [name for name in contracts.NAMES if not _same(folder / f"{name}.yaml", contracts.text(name))]
    released = compatibility.latest(folder / "released")
    breaks = [] if released is None else compatibility.compare(released, folder)
    told = {"differ": differ, "released": released and released.name, "breaks": [asdict(each) for each in breaks]}
    screen.show(told, lambda _: _linted(differ, breaks))
    if differ or breaks:
        raise SystemExit(CHECK_FAILED)


@command.command()
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("new", type=click.Path(exists=True, path_type=Path))
@local
def diff(screen: Screen, old: Path, new: Path) -> None:
    """Name what a client of OLD would trip over in NEW: two documents, or two folders of them.

    Exit code 1 when there is such a change.
    """
    from yibaobox.app import compatibility  # noqa: PLC0415 - as above

    breaks = compatibility.compare(old, new)
    screen.show({"breaks": [asdict(each) for each in breaks]}, lambda _: _linted([], breaks))
    if breaks:
        raise SystemExit(CHECK_FAILED)


@command.command()
@click.option("--base-url", default=DEFAULT_URL, show_default=True, help="The sandbox.")
@local
def test(screen: Screen, base_url: str) -> None:
    """Try every operation on a running sandbox, in a world of its own that is removed afterwards.

    Each is sent a request that it accepts and some that it has to refuse. Exit code 1 when a reply is not as the
    contract says, or a request is not accepted or refused as it should be.
    """
    from yibaobox.cli.accepted import tried  # noqa: PLC0415 - as above

    Client(base_url).health()
    found = tried(base_url)
    wrong = [each for each in found if each.wrong]
    operations = {(each.service, each.operation) for each in found}
    told = {"operations": len(operations), "requests": len(found), "wrong": [asdict(each) for each in wrong]}
    screen.show(told, _tried)
    if wrong:
        raise SystemExit(CHECK_FAILED)


def _tried(told: dict[str, Any]) -> Any:
    if told["wrong"]:
        return table(("service", "operation", "tried", "status", "wrong"), told["wrong"])
    return f"{told['operations']} operations answer as their contracts say ({told['requests']} requests)"


def _linted(differ: list[str], breaks: list[Any]) -> str:
    lines = [f"{name}: not the document of the code" for name in differ] + [str(each) for each in breaks]
    return "\n".join(lines) or "nothing that a client would trip over"


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text
