"""`yibaobox world`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from yibaobox.cli.desk import Desk, Topic, facts, remote, table
from yibaobox.cli.wanted import world_options

_COLUMNS = ("name", "seed", "population", "at", "created_at", "regions")


@click.group(cls=Topic, usual="list")
def command() -> None:
    """List, create, reset, purge, delete, export and import worlds, and set their switches."""


@command.command("list")
@remote
def list_(desk: Desk) -> None:
    """List the worlds."""
    desk.show(desk.client.get("/worlds"), lambda found: table(_COLUMNS, found["items"]))


@command.command()
@click.argument("name", required=False)
@world_options
@remote
def create(desk: Desk, **wanted: Any) -> None:
    """Make a world; without a NAME it gets one."""
    desk.show(desk.client.post("/worlds", **wanted), facts)


@command.command()
@click.argument("name")
@remote
def reset(desk: Desk, name: str) -> None:
    """Take a world back to its seed."""
    desk.show(desk.client.post(f"/worlds/{name}/reset"), facts)


@command.command()
@click.argument("name")
@remote
def purge(desk: Desk, name: str) -> None:
    """Empty a world of people, books and journal."""
    desk.show(desk.client.post(f"/worlds/{name}/purge"), facts)


@command.command()
@click.argument("name")
@remote
def delete(desk: Desk, name: str) -> None:
    """Remove a world with its snapshots and keys."""
    desk.client.delete(f"/worlds/{name}")
    desk.show({"deleted": name}, facts)


@command.command()
@click.argument("settings", nargs=-1, metavar="[NAME=POSITION]...")
@remote
def switches(desk: Desk, settings: tuple[str, ...]) -> None:
    """Set switches of the world that `--world` means, and show them all; without any only show them."""
    wanted = dict(_setting(each) for each in settings)
    desk.show(desk.client.put("/switches", **wanted) if wanted else desk.client.get("/switches"), facts)


def _setting(text: str) -> tuple[str, str]:
    name, sign, position = text.partition("=")
    if not sign:
        raise click.BadParameter(f"{text!r} is not NAME=POSITION", param_hint="NAME=POSITION")
    return name, position


@command.command("export")
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@remote
def export(desk: Desk, name: str, file: Path) -> None:
    """Write a world to FILE as JSON lines, whole or not at all."""
    size = replace_file(file, desk.client.download(f"/worlds/{name}/export"))
    desk.show({"world": name, "file": str(file), "bytes": size}, facts)


@command.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace a world of that name.")
@remote
def import_(desk: Desk, name: str, file: Path, *, overwrite: bool) -> None:
    """Read a world from FILE; a broken file changes nothing."""
    with file.open("rb") as lines:
        made = desk.client.upload(f"/worlds/{name}/import", lines, overwrite="true" if overwrite else "false")
    desk.show(made, facts)


def replace_file(path: Path, chunks: Iterable[bytes]) -> int:
    """Write beside, flush to the disk, then take the name: nobody ever finds half a file. Return its size."""
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
    size = 0
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    folder = os.open(path.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return size
