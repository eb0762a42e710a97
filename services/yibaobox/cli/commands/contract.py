"""`yibaobox contract`: the OpenAPI documents of all services."""

from __future__ import annotations

from pathlib import Path

import click

from yibaobox.cli.client import CHECK_FAILED
from yibaobox.cli.desk import Screen, local


@click.group()
def command() -> None:
    """Write the OpenAPI documents of all services, or hold a folder of them to the code."""


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
    """Compare the documents of a folder with the code; exit code 1 when one differs."""
    from yibaobox.app import contracts  # noqa: PLC0415 - as above

    differ = [name for name in contracts.NAMES if not _same(folder / f"{name}.yaml", contracts.text(name))]
    screen.show({"differ": differ}, lambda told: "\n".join(told["differ"]) or "the documents are those of the code")
    if differ:
        raise SystemExit(CHECK_FAILED)


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text
