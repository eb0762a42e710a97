"""`yibaobox demo`: the stories of the product over HTTP, each figure compared with the one that must come out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import click
from rich.box import HEAVY_HEAD
from rich.cells import cell_len
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from yibaobox.app.settings import POSTING_DELAY
from yibaobox.cli.client import CHECK_FAILED, Client
from yibaobox.cli.desk import Screen, console, local
from yibaobox.cli.launch import launched
from yibaobox.cli.stories import AT, REGIONS, STORIES, Caller, Told
from yibaobox.cli.stories.telling import Step
from yibaobox.cli.wrapping import wrapped
from yibaobox.domain import clock

_WIDEST: Final = 120
_FRAME: Final = 12  # cells of borders, padding and the numbers of the steps
_MONEY: Final = 11  # cells of a column of money with its border
_SECOND_US: Final = 1_000_000


@click.command()
@click.option("--db", help="sqlite:///FOLDER or postgresql+psycopg://…; default a folder that is removed again.")
@local
def command(screen: Screen, db: str | None) -> None:
    """Play the stories in a sandbox of their own; exit code 1 when a figure is not the expected one.

    With --db they are played in a world of their own in that database, which is deleted afterwards.
    """
    began, page = clock.elapsed_us(), _page()
    stories: list[Told] = []
    with launched(_options(db), without=(POSTING_DELAY,)) as told, _own_world(Client(told["url"])) as world:
        if not screen.as_json:
            page.print(_heading(told))
        for story in STORIES:
            stories.append(story.play(Caller(told["url"], world)))
            if not screen.as_json:
                page.print(_shown(stories[-1], page.width))
    wrong = [line for each in stories for line in each.mismatches]
    seconds = (clock.elapsed_us() - began) // _SECOND_US
    if screen.as_json:
        screen.show({"ok": not wrong, "seconds": seconds, "stories": [each.shown() for each in stories]}, str)
    else:
        page.print(_verdict(stories, wrong, page.width))
        page.print(f"用时 {seconds} 秒；沙箱已结束，{'没有留下文件' if db is None else '演示所用的世界已删除'}。")
    if wrong:
        raise SystemExit(CHECK_FAILED)


def _options(db: str | None) -> list[str]:
    if db is not None:
        return ["--db", db]
    return ["--at", AT, "--regions", ",".join(REGIONS), "--population", "0"]


@contextlib.contextmanager
def _own_world(client: Client) -> Iterator[str]:
    """Lend a world with its clock stopped where the stories begin; it is deleted however they end."""
    name: str = client.post("/worlds", regions=list(REGIONS), at=AT, population=0)["name"]
    try:
        yield name
    finally:
        client.delete(f"/worlds/{name}")


def _page() -> Console:
    made = console()
    made.width = min(made.width, _WIDEST)
    return made


def _heading(told: dict[str, Any]) -> Text:
    return Text.assemble(
        ("医保沙箱演示", "bold"),
        f"　沙箱 {told['version']} 在 {told['url']}，时钟停在 2025-11-20 10:00；金额单位为元\n",
    )


def _shown(story: Told, page_width: int) -> Group:
    """Return a story as a table: a row a step, amounts of money in columns, other figures below each other."""
    room = page_width - _FRAME - _MONEY * len(story.columns)
    action_width = room * 11 // 20
    made = Table(title=story.title, title_justify="left", title_style="bold", box=HEAVY_HEAD, show_lines=True)
    made.add_column("", justify="right", no_wrap=True, width=2)
    made.add_column("事项", width=action_width)
    for column in story.columns:
        made.add_column(column, justify="right", no_wrap=True)
    made.add_column("核对", width=room - action_width)
    for number, step in enumerate(story.steps, 1):
        action = Text.assemble((step.system, "bold"), "\n", wrapped(step.action, action_width))
        figures = [_figure(step, column, _MONEY - 3) for column in story.columns]
        made.add_row(str(number), action, *figures, _checked(story.columns, step, room - action_width))
    return Group(made, "")


def _checked(columns: Sequence[str], step: Step, width: int) -> Text:
    """Return the figures that are no amounts of the table's columns, each below the other."""
    names = [name for name in {**step.expected, **step.found} if name not in columns]
    lines = [Text.assemble((f"{name}：", "dim"), _figure(step, name, width, cell_len(name) + 2)) for name in names]
    return Text("\n").join(lines)


def _figure(step: Step, name: str, width: int, before: int = 0) -> Text:
    """Return a figure for a line of which the first cells are taken; one that is too long gets lines of its own."""
    expected, found = step.expected.get(name), step.found.get(name)
    if expected == found:
        return Text(_hung(found or "", width, before), "green")
    return Text(_hung(f"{found or '无'}（应为 {expected or '无'}）", width, before), "bold red")


def _hung(text: str, width: int, before: int) -> str:
    return text if before + cell_len(text) <= width else "\n" * bool(before) + wrapped(text, width)


def _verdict(stories: Sequence[Told], wrong: Sequence[str], width: int) -> Text:
    steps = sum(len(each.steps) for each in stories)
    if not wrong:
        return Text(f"{steps} 步全部与应有结果一致。", "bold green")
    lines = [f"{len(wrong)} 处与应有结果不符：", *wrong]
    return Text("\n".join(wrapped(line, width) for line in lines), "bold red")
