"""What the server is told: where to listen, how many processes and threads, and how to build the application."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


@dataclass(frozen=True, slots=True)
class Listener:
    """One port and the services that answer on it (None: all of them). Port 0 takes a free one.

    Behind `tls` the application shows its certificate (its method `certificate()`: a key and a certificate as PEM).
    """

    port: int = 8097
    services: frozenset[str] | None = None
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """A listener as it really stands."""

    host: str
    port: int
    services: frozenset[str] | None = None
    tls: bool = False

    @property
    def url(self) -> str:
        """The base URL of the listener."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.tls else ''}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Everything `serve` needs.

    `factory` names a function "module:function" that takes `settings` (picklable) and returns the WSGI application; it
    is called once in each worker. An application with a method `close()` is closed when its process ends.
    """

    factory: str
    settings: Any = None
    host: str = "127.0.0.1"
    listeners: Sequence[Listener] = field(default_factory=lambda: (Listener(),))
    workers: int = 1
    threads: int = 8
    body_limit: int = 64 << 20
    body_timeout_s: float = 60.0
    drain_s: float = 4.0
    on_ready: Callable[[Sequence[Address]], None] | None = None
