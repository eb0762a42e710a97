"""What an application is told: picklable, so that worker processes are told the same."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

DATA: Final = "YIBAOBOX_DATA"
DB: Final = "YIBAOBOX_DB"
TOKEN: Final = "YIBAOBOX_CONTROL_TOKEN"  # noqa: S105 - the name of a variable
CALLBACK_ALLOW: Final = "YIBAOBOX_CALLBACK_ALLOW"
REALISTIC: Final = "YIBAOBOX_ALLOW_REALISTIC_IDS"
LOG: Final = "YIBAOBOX_LOG"
GATEWAYS_URL: Final = "YIBAOBOX_GATEWAYS_URL"
TAX_URL: Final = "YIBAOBOX_TAX_URL"
POSTING_DELAY: Final = "YIBAOBOX_TAX_POSTING_DELAY"
REGIONS_DIR: Final = "YIBAOBOX_REGIONS_DIR"
SEED: Final = 42
POPULATION: Final = 1000
DELAY: Final = "PT30M"


class CannotStart(Exception):
    """The application cannot be put together; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of an application. `world` with its seed, regions, population and instant is made when it is missing.

    `gateways_url` and `tax_url` say where the payment gateways and the tax channel answer, where that is another
    process; `posting_delay` is how long insurance takes to learn of a payment (ISO 8601, sandbox time);
    `regions_dirs` are folders of regions read beside the shipped ones.
    """

    db: str = "memory://"
    durable: bool = False
    world: str = "default"
    seed: int = SEED
    regions: tuple[str, ...] | None = None
    population: int = 0
    at: str | None = None
    services: frozenset[str] | None = None
    ticker: bool = True
    host: str = "127.0.0.1"
    token: str | None = None
    callback_allow: str = ""
    allow_realistic_ids: bool = False
    gateways_url: str = ""
    tax_url: str = ""
    posting_delay: str = DELAY
    regions_dirs: tuple[str, ...] = ()

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **given: Any) -> Settings:
        """Read the environment; what is given by name comes before it, and None leaves the default."""
        env = os.environ if environ is None else environ
        read = cls(
            db=env.get(DB) or f"sqlite:///{data_folder(env)}",
            population=POPULATION,
            token=env.get(TOKEN) or None,
            callback_allow=env.get(CALLBACK_ALLOW, ""),
            allow_realistic_ids=env.get(REALISTIC) == "1",
            gateways_url=env.get(GATEWAYS_URL, "").rstrip("/"),
            tax_url=env.get(TAX_URL, "").rstrip("/"),
            posting_delay=env.get(POSTING_DELAY) or DELAY,
            regions_dirs=tuple(folder for folder in env.get(REGIONS_DIR, "").split(os.pathsep) if folder),
        )
        return replace(read, **{name: value for name, value in given.items() if value is not None})

    @property
    def on_loopback(self) -> bool:
        """Whether nobody but this machine can reach the sandbox."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def data_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder of worlds and run files: YIBAOBOX_DATA, else `yibaobox` in the user's data folder (XDG)."""
    env = os.environ if environ is None else environ
    if env.get(DATA):
        return Path(env[DATA]).expanduser().absolute()
    home = Path(env["HOME"]) if env.get("HOME") else Path.home()
    base = Path(env["XDG_DATA_HOME"]) if env.get("XDG_DATA_HOME") else home / ".local" / "share"
    return (base / "yibaobox").absolute()
