"""What the pretend parties need of the sandbox, as protocols; whoever puts the application together fills them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

Reason = Literal["not_found", "conflict", "invalid", "unverified"]


class Refused(Exception):
    """A pretend party does not do what the sandbox's user asks of it; the message is Chinese."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Event:
    """A call-back to send after the transaction that caused it; `schedule` and `delay` are seconds."""

    topic: str
    cause: str
    url: str
    headers: Mapping[str, str]
    body: str
    schedule: Sequence[int]
    delay: int = 0


@dataclass(frozen=True, slots=True)
class Telling:
    """How a payment is told: not at all, several times, later, after one that is forged or tells another amount."""

    copies: int = 1
    wait_s: int = 0
    forged: bool = False
    off_by_fen: int = 0


PLAINLY: Final = Telling()  # once and at once


class Tx(Protocol):
    """A transaction on a world's database; statements carry `?` marks."""

    for_update: str

    @property
    def now_us(self) -> int:
        """The sandbox instant, in microseconds since the epoch."""

    def query(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """Return all rows."""

    def one(self, sql: str, *params: object) -> tuple[Any, ...] | None:
        """Return the first row, or nothing."""

    def run(self, sql: str, *params: object) -> int:
        """Execute a statement and return the number of rows it touched."""

    def next_number(self, sequence: str) -> int:
        """Return the next of a sequence: strictly increasing."""


class World(Protocol):
    """A world: its transactions."""

    @property
    def name(self) -> str:
        """The world's name."""

    def write(self) -> AbstractContextManager[Tx]:
        """Open one writing transaction."""

    def read(self) -> AbstractContextManager[Tx]:
        """Open one reading transaction."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A person as holder of the electronic credential; `active`: it was activated."""

    psn_no: str
    name: str
    id_no: str
    active: bool


@dataclass(frozen=True, slots=True)
class Consent:
    """A payment authorisation (payAuthNo): of which patient, given by which holder, and whether it still holds."""

    psn_no: str
    given_by: str
    live: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What insurance is to settle under a payment number (payOrdId), in fen; `open`: nobody has paid it yet."""

    psn_no: str
    gov_fen: int
    self_fen: int
    other_fen: int
    cash_fen: int
    open: bool


class Claims(Protocol):
    """The centre that takes orders of hospitals (医保移动支付中心) and settles them."""

    def find(self, tx: Tx, pay_order_id: str) -> Claim | None:
        """Return what is to be settled, locked; nothing when this sandbox never gave out the number."""

    def settle(self, tx: Tx, pay_order_id: str, pay_auth_no: str) -> str | None:
        """Settle it, and return what the hospital is told; Refused with a reason when insurance does not pay."""

    def undo(self, tx: Tx, pay_order_id: str) -> None:
        """Take the settlement back."""


class Insurance(Protocol):
    """What a gateway that collects for insurance and cash at once asks of insurance."""

    @property
    def claims(self) -> Claims | None:
        """The centre of orders, where there is one; without it every number of an order is somebody else's."""

    def holder(self, tx: Tx, psn_no: str) -> Holder | None:
        """Return a person."""

    def relatives(self, tx: Tx, psn_no: str) -> Sequence[Holder]:
        """Return whom a person may pay for."""

    def consent(self, tx: Tx, pay_auth_no: str) -> Consent | None:
        """Return an authorisation, locked; nothing when this sandbox never gave it out."""

    def spend(self, tx: Tx, pay_auth_no: str, used_by: str) -> None:
        """Use an authorisation that holds up, for one order."""


class Sandbox(Protocol):
    """The ground that a pretend party stands on."""

    def world(self, environ: Mapping[str, Any]) -> World:
        """Return the world that a request means."""

    def keys(self, world: World) -> Mapping[str, str]:
        """Return the keys of a world and of the installation by their names in the credentials document."""

    @property
    def insurance(self) -> Insurance:
        """The insurance side of a payment that is both."""

    def targets(self, environ: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the raw request targets that a signature may cover."""

    def wall_us(self) -> int:
        """Return the wall's instant: protocol timestamps are never the sandbox clock's."""

    def rfc3339(self, us: int) -> str:
        """Write an instant with the offset of China, in whole seconds."""

    def instant_us(self, text: str) -> int:
        """Read an RFC 3339 instant; ValueError when it is none."""

    def switch(self, tx: Tx, name: str) -> str:
        """Return how a switch of the world stands."""

    def struck(self, name: str) -> Mapping[str, Any] | None:
        """Return the parameters of the fault of this name, when it strikes the request at hand."""

    def let_pay(self, world: World, out_trade_no: str, openid: str | None, outcome: str | None) -> tuple[str, str]:
        """Let a payer of WeChat act and the merchant hear of it; return the order's state and what a page is told."""

    def stage(self, tx: Tx, event: Event) -> int:
        """Put a call-back beside its cause and return its number."""

    def remind(self, tx: Tx, kind: str, payload: Mapping[str, object], due_us: int) -> None:
        """Have a kind of work done at a sandbox instant; whoever puts the application together knows who does it."""
