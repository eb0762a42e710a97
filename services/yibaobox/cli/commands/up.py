"""`yibaobox up`: serve."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from yibaobox import __version__
from yibaobox.app import CannotStart, Settings, create_app
from yibaobox.cli import running
from yibaobox.cli.client import CHECK_FAILED, Client
from yibaobox.cli.desk import Screen, facts, local
from yibaobox.cli.wanted import regions_option, world_options
from yibaobox.server import Listener, ServerConfig, serve
from yibaobox.server.config import Address

if TYPE_CHECKING:
    from rich.panel import Panel

FACTORY: Final = "yibaobox.app:served"
SERVICES: Final[Mapping[str, frozenset[str]]] = {
    "settlement": frozenset({"settlement"}),
    "portal": frozenset({"portal"}),
    "tax": frozenset({"tax"}),
    "ec": frozenset({"credential"}),
    "gateways": frozenset({"gateways", "mobile", "hospital"}),
}
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where one listens everywhere, one is at home


@click.command()
@click.option("--world", default="default", show_default=True, help="The world to make when it is missing.")
@world_options
@click.option("--db", help="memory://, sqlite:///FOLDER or postgresql+psycopg://…; default a folder of the user.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Beyond loopback YIBAOBOX_CONTROL_TOKEN is needed."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8097, show_default=True, help="0 takes a free one.")
@click.option("--split", is_flag=True, help="Each service on a port of its own, from --port upwards.")
@click.option(
    "--tls-port", type=click.IntRange(0, 65535), help="The gateways here as well, by TLS, for the vendors' own names."
)
@click.option("--service", type=click.Choice(tuple(SERVICES)), help="This service alone.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes; needs PostgreSQL."
)
@regions_option
@click.option("--durable", is_flag=True, help="SQLite survives a power cut as well.")
@click.option("--until-eof", is_flag=True, hidden=True, help="End when standard input ends.")
@local
def command(screen: Screen, **given: Any) -> None:
    """Serve until Ctrl-C or SIGTERM; print addresses, world, clock and seed when ready."""
    if given["split"] and given["service"]:
        raise click.UsageError("--split and --service exclude each other")
    listeners = _listeners(given.pop("port"), split=given.pop("split"), service=given.pop("service"))
    if (tls_port := given.pop("tls_port")) is not None:
        listeners.append(Listener(tls_port, SERVICES["gateways"], tls=True))
    workers, until_eof = given.pop("workers"), given.pop("until_eof")
    settings = Settings.from_env(**given)
    if workers > 1 and not settings.db.startswith("postgresql"):
        raise click.UsageError("--workers above 1 needs PostgreSQL (--db postgresql+psycopg://…)")
    if until_eof:
        threading.Thread(target=_end_with_input, name="stdin", daemon=True).start()
    if workers > 1:
        _prepare(settings)
    on_ready = _announcer(screen, settings)
    sys.exit(_serve(ServerConfig(FACTORY, settings, settings.host, listeners, workers, on_ready=on_ready)))


def _listeners(port: int, *, split: bool, service: str | None) -> list[Listener]:
    if split:
        return [Listener(port and port + place, names) for place, names in enumerate(SERVICES.values())]
    return [Listener(port, None if service is None else SERVICES[service])]


def _prepare(settings: Settings) -> None:
    """Migrate, and make worlds and keys, once and here: what cannot start says so in one line, not once a worker."""
    try:
        create_app(Settings.from_env(**_as_given(settings), ticker=False)).close()
    except CannotStart as reason:
        raise click.ClickException(str(reason)) from None


def _as_given(settings: Settings) -> dict[str, Any]:
    names = ("db", "durable", "world", "seed", "regions", "population", "at", "host", "regions_dirs")
    return {name: getattr(settings, name) for name in names}


def _serve(config: ServerConfig) -> int:
    try:
        return serve(config)
    except CannotStart as reason:
        click.echo(f"Error: {reason}", err=True)
        return CHECK_FAILED


def _announcer(screen: Screen, settings: Settings) -> Callable[[Sequence[Address]], None]:
    """Return what tells the world that we serve: in a thread, for it asks the server that is calling it."""

    def announce(addresses: Sequence[Address]) -> None:
        told = _told(settings, addresses)
        running.announce(addresses[0].port, told)
        screen.show(told, _panel)
        sys.stdout.flush()

    return lambda addresses: threading.Thread(target=announce, args=(addresses,), daemon=True).start()


def _told(settings: Settings, addresses: Sequence[Address]) -> dict[str, Any]:
    first = addresses[0]
    home = Address(_ANYWHERE.get(first.host, first.host), first.port)
    client = Client(home.url, settings.world)
    health = client.health()
    made = next(world for world in client.get("/worlds")["items"] if world["name"] == settings.world)
    return {
        "url": home.url,
        "addresses": {_named(address): address.url for address in addresses},
        "world": settings.world,
        "seed": made["seed"],
        "population": made["population"],
        "clock": health["clock"],
        "durability": health["durability"],
        "version": __version__,
    }


def _named(address: Address) -> str:
    if address.tls:
        return "gateways (tls)"
    return next((name for name, services in SERVICES.items() if services == address.services), "all")


def _panel(told: dict[str, Any]) -> Panel:
    from rich.panel import Panel  # noqa: PLC0415 - a sandbox that a program starts is ready sooner without it

    clock = told["clock"]
    shown = {
        **{("address" if name == "all" else name): url for name, url in told["addresses"].items()},
        "docs": f"{told['url']}/_sandbox/v1/docs",
        "world": told["world"],
        "clock": f"{clock['now']} ({clock['mode']})",
        "seed": f"{told['seed']}, {told['population']} people",
        "survives": {"power-loss": "power loss", "process-kill": "kill -9"}.get(told["durability"], "nothing"),
    }
    return Panel(facts(shown), title=f"yibaobox {told['version']}", subtitle="Ctrl-C to stop", expand=False)


def _end_with_input() -> None:
    while os.read(0, 4096):  # not through sys.stdin: its lock, held here, would abort the end of the interpreter
        pass
    os.kill(os.getpid(), signal.SIGTERM)
