"""`yibaobox policy`: the tables and the engine, without a server."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final, TextIO, cast

import click
from rich.console import Group
from rich.text import Text

from yibaobox.cli.client import CHECK_FAILED
from yibaobox.cli.desk import Screen, Topic, local, table
from yibaobox.cli.wanted import regions_option
from yibaobox.domain import clock
from yibaobox.domain.errors import Refusal
from yibaobox.domain.policy import Profile, case_files, changes, explain, folders, in_force, load
from yibaobox.domain.policy.model import PolicyDataError

_OVERVIEW: Final = ("code", "name", "figures", "illustrative", "benefits")
_FIGURES: Final = ("parameter", "value", "from", "to", "region", "source", "confidence")
_PROFILES: Final = click.Choice(("demo", "strict"))


def day(_: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    """Read a day as YYYY-MM-DD."""
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no day such as 2025-03-10", param=parameter) from None


@click.group(cls=Topic, usual="ls")
def command() -> None:
    """List, show, compare, check and begin policy tables, and compute cases; no sandbox need run."""


@command.command("ls")
@regions_option
@local
def list_(screen: Screen, regions_dirs: tuple[str, ...]) -> None:  # noqa: ARG001 - read where the option is
    """List the regions that have tables of their own."""
    screen.show({"items": in_force.overview()}, lambda told: table(_OVERVIEW, told["items"]))


@command.command()
@click.argument("region")
@click.option("--on", callback=day, help="The day; today unless given.")
@click.option("--profile", type=_PROFILES, default="demo", show_default=True)
@click.option("--table", "wanted", help="This table alone, such as employee.outpatient.")
@regions_option
@local
def show(screen: Screen, region: str, on: date | None, profile: str, wanted: str | None, **_: Any) -> None:
    """Show the tables in force in a REGION on a day, with source and confidence."""
    told = _known(lambda: in_force.document(region, on or _today(), cast("Profile", profile)))
    kept = [each for each in told["tables"] if wanted in (None, f"{each['scheme']}.{each['benefit']}")]
    if wanted is not None and not kept:
        raise click.BadParameter(f"{region} has no table {wanted} on {told['on']}", param_hint="--table")
    screen.show({**told, "tables": kept}, _shown)


@command.command()
@click.argument("before")
@click.argument("after")
@click.option("--region", help="The region, when BEFORE and AFTER are days.")
@click.option("--on", callback=day, help="The day, when BEFORE and AFTER are regions; today unless given.")
@click.option("--profile", type=_PROFILES, default="demo", show_default=True)
@regions_option
@local
def diff(
    screen: Screen, before: str, after: str, *, region: str | None, on: date | None, profile: str, **_: Any
) -> None:
    """Compare two regions on a day, or two days of a region (of all regions unless one is named)."""
    pairs = _sides(before, after, region, on)
    found = _known(
        lambda: [
            {"region": old.region, **row}
            for old, new in pairs
            for row in changes.changes(old, new, cast("Profile", profile))
        ]
    )
    screen.show({"differences": found}, _compared)


@command.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@local
def lint(screen: Screen, paths: tuple[Path, ...]) -> None:
    """Check policy files, or folders of them (default: the shipped ones); exit code 1 when one is wrong."""
    found = folders.lint(paths or (load.REGIONS,))
    rows = [{"file": each.file, "problem": each.problem, "warning": each.warning} for each in found]
    screen.show({"findings": rows}, lambda told: _findings(told["findings"]))
    if any(not each.warning for each in found):
        raise SystemExit(CHECK_FAILED)


@command.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--check", is_flag=True, help="Compare with what the file expects; exit code 1 on any difference.")
@click.option("--lang", type=click.Choice(("zh", "en", "both")), default="zh", show_default=True)
@regions_option
@local
def evaluate(screen: Screen, file: TextIO, *, check: bool, lang: str, **_: Any) -> None:
    """Compute the cases of a FILE (- for standard input) in the format of worked cases."""
    try:
        cases = case_files.read_cases(file.read())
    except (PolicyDataError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{file.name}: {error}", param_hint="FILE") from None
    done = [case_files.computed(case) for case in cases]
    unread = [f"{file.name}: {one['id']}: {one['result']['detail']}" for one in done if one.pop("refused", False)]
    if check:
        done = [one | {"differences": _against(case, one)} for case, one in zip(cases, done, strict=True)]
    screen.show(done, lambda told: _evaluated(told, lang))
    for line in unread:
        click.echo(line, err=True)
    if unread or (check and any(one["differences"] for one in done)):
        raise SystemExit(CHECK_FAILED)


@command.command()
@click.argument("code")
@click.option("--from", "model", required=True, help="The region whose tables it begins with.")
@click.option("--name", help="What the region is called.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=".", help="The folder of regions.")
@regions_option
@local
def new(screen: Screen, code: str, model: str, *, name: str | None, into: Path, **_: Any) -> None:
    """Begin a region CODE in a folder of your own: the tables of another one with every value a gap."""
    try:
        files = folders.skeleton(code, model, name)
    except (Refusal, PolicyDataError) as error:
        raise click.UsageError(str(error)) from None
    folder = into / code
    if folder.exists():
        raise click.UsageError(f"{folder} exists")
    folder.mkdir(parents=True)
    for file, text in sorted(files.items()):
        (folder / file).write_text(text, encoding="utf-8")
    screen.show({"written": [str(folder / file) for file in sorted(files)]}, lambda told: "\n".join(told["written"]))


def _today() -> date:
    return clock.day_of(clock.wall_us())


def _known(question: Any) -> Any:
    """Ask; a region that there is not is wrong usage."""
    try:
        return question()
    except Refusal as refusal:
        raise click.UsageError(refusal.message) from None


def _sides(before: str, after: str, region: str | None, on: date | None) -> list[tuple[changes.Side, changes.Side]]:
    """The pairs to compare: days of one or of all regions, or two regions."""
    try:
        first, second = date.fromisoformat(before), date.fromisoformat(after)
    except ValueError:
        if region is not None:
            raise click.UsageError("--region goes with two days") from None
        day = on or _today()
        return [(changes.Side(before, day), changes.Side(after, day))]
    if on is not None:
        raise click.UsageError("--on goes with two regions")
    codes = in_force.regions() if region is None else [region]
    return [(changes.Side(code, first), changes.Side(code, second)) for code in codes]


def _against(case: Any, one: dict[str, Any]) -> list[str]:
    if not isinstance(case, dict) or "expect" not in case:
        return ["$: the case expects nothing"]
    return list(case_files.differences(case["expect"], one["result"]))


def _shown(told: dict[str, Any]) -> Group:
    parts: list[Any] = [f"{told['region']} {told['name']}, {told['on']}, {told['profile']}"]
    for each in told["tables"]:
        rows = [row | _cited(row["citation"]) | {"value": _written(row["value"])} for row in each["parameters"]]
        parts += [Text(f"\n{each['scheme']}.{each['benefit']} ({each['method']})", style="bold"), table(_FIGURES, rows)]
    return Group(*parts)


def _cited(cited: dict[str, Any]) -> dict[str, Any]:
    mark = " (assumed)" if cited["assumed"] else ""
    source = {"source": f"{cited['source']} {cited['at']}", "confidence": cited["confidence"] + mark}
    return {"from": cited["from"], "to": cited["to"], "region": cited["region"], **source}


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_written(child)}" for key, child in value.items()) + "}"
    return ", ".join(map(_written, value)) if isinstance(value, list) else str(value)


def _compared(told: dict[str, Any]) -> Any:
    rows = [
        {"region": row["region"], "figure": row["figure"]}
        | {side: _written(row[side]["value"]) if row[side] else None for side in ("before", "after")}
        for row in told["differences"]
    ]
    return table(("region", "figure", "before", "after"), rows) if rows else "no difference"


def _findings(rows: Iterable[dict[str, Any]]) -> str:
    lines = [f"{row['file']}: {'warning: ' if row['warning'] else ''}{row['problem']}" for row in rows]
    return "\n".join(lines) or "no findings"


def _evaluated(done: list[dict[str, Any]], language: str) -> Group:
    parts: list[Any] = []
    for one in done:
        parts.append(Text(f"{one['id']}", style="bold"))
        parts.append(Text(_written(one["result"])))
        parts += [Text(explain.tree(traced, language)) for traced in one["trace"]]
        parts += [Text(line, style="red") for line in one.get("differences", ())]
    return Group(*parts)
