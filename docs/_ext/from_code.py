"""Tables that are read off the code when the documentation is built, so that they cannot fall behind.

`faults` is the catalogue of faults, `refusals` the family of refusals with codes and statuses, `regions` the pooling
areas, `commands` the subcommands of the command, `options` those of one subcommand, `routes` every control route, or
every route of the service named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import yibaobox.edge.refusals  # noqa: F401  adds its members to the family
from yibaobox.app import contracts
from yibaobox.cli import main
from yibaobox.domain import faults
from yibaobox.domain.errors import descent
from yibaobox.domain.people import regions

Row = Sequence[str]
METHODS = ("DELETE", "GET", "POST", "PUT")


def refusal_rows() -> Iterator[Row]:
    """Code, status and meaning of every refusal."""
    for depth, refusal in descent():
        meaning = (refusal.__doc__ or "").split("\n")[0]
        yield refusal.code, str(refusal.status), "\N{EM SPACE}" * depth + refusal.__name__, meaning


def region_rows() -> Iterator[Row]:
    """Code, name, province and codes that resolve to it, of every pooling area."""
    for region in regions.shipped():
        yield region.code, region.name, region.province_name, " ".join(sorted(region.counties))


def subcommands(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """The subcommands of a group, by name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        yield name, command


def command_rows(group: click.Group = main, prefix: str = "yibaobox") -> Iterator[Row]:
    """Usage and meaning of every subcommand."""
    for name, command in subcommands(group):
        if isinstance(command, click.Group):
            yield from command_rows(command, f"{prefix} {name}")
        else:
            arguments = (each.make_metavar(click.Context(command)) for each in command.params if is_argument(each))
            yield " ".join((prefix, name, *arguments)), command.get_short_help_str(limit=200)


def is_argument(parameter: click.Parameter) -> bool:
    """Whether it is told by place, not by name."""
    return isinstance(parameter, click.Argument)


def option_rows(subcommand: str) -> Iterator[Row]:
    """Names and meaning of the options of a subcommand."""
    for option in dict(subcommands(main))[subcommand].params:
        if isinstance(option, click.Option):
            yield " ".join(option.opts), option.help or ""


def route_rows(service: str = "control") -> Iterator[Row]:
    """Every route of a service with the first line of its view's docstring."""
    app = contracts.REST[service]()
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        meaning = (app.view_functions[rule.endpoint].__doc__ or "").split("\n")[0]
        path = re.sub(r"<(?:[^:>]*:)?([^>]*)>", r"<\1>", rule.rule)
        if meaning:
            yield from ((f"{method} {path}", meaning) for method in sorted(rule.methods or ()) if method in METHODS)


def table(head: Row, rows: Sequence[Row]) -> nodes.table:
    """A plain table; the first column is set as code."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=24) for _ in head]  # counts for plain text; pages fit columns to their content
    top, body = nodes.thead(), nodes.tbody()
    top += line([nodes.paragraph(text=cell) for cell in head])
    for first, *rest in rows:
        code = nodes.paragraph()
        code += nodes.literal(text=first)
        body += line([code, *(nodes.paragraph(text=cell) for cell in rest)])
    group += [top, body]
    whole = nodes.table(classes=["colwidths-auto"])
    whole += group
    return whole


def line(cells: Sequence[nodes.paragraph]) -> nodes.row:
    """One row of a table."""
    row = nodes.row()
    for cell in cells:
        entry = nodes.entry()
        entry += cell
        row += entry
    return row


class Refusals(SphinxDirective):
    """The family of refusals."""

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        return [table(("code", "HTTP", "class", "meaning"), list(refusal_rows()))]


class Regions(SphinxDirective):
    """The pooling areas."""

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        return [table(("code", "pooling area", "province", "counties it knows"), list(region_rows()))]


class Commands(SphinxDirective):
    """The subcommands."""

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        return [table(("subcommand", "what it does"), list(command_rows()))]


class Options(SphinxDirective):
    """The options of the subcommand named by the argument."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        return [table(("option", "meaning"), list(option_rows(self.arguments[0])))]


class Routes(SphinxDirective):
    """The routes of a service, by default the control routes."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        service = self.arguments[0] if self.arguments else "control"
        return [table(("route", "what it does"), list(route_rows(service)))]


def fault_rows() -> Iterator[Row]:
    """Name, parameters, position and meaning of every fault."""
    for kind in faults.KINDS.values():
        params = ", ".join(f"{each.name}={'…' if each.default is None else each.default}" for each in kind.params)
        yield kind.name, params, kind.position, kind.meaning + (" (by a rule only)" if kind.control_only else "")


def waiting_rows() -> Iterator[Row]:
    """Faults that wait, with what they wait for."""
    for system, names in faults.WAITING.items():
        yield from ((name, system) for name in names)


class Faults(SphinxDirective):
    """The faults there are, or with `waiting` those whose system is not built."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        if self.arguments:
            return [table(("fault", "waits for"), list(waiting_rows()))]
        return [table(("fault", "parameters", "position", "what happens"), list(fault_rows()))]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("refusals", Refusals)
    app.add_directive("regions", Regions)
    app.add_directive("routes", Routes)
    app.add_directive("commands", Commands)
    app.add_directive("options", Options)
    app.add_directive("faults", Faults)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
