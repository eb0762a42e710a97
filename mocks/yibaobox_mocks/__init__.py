"""Pretend outside parties, as their customers see them on the wire. They know nothing of the sandbox but `ports`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yibaobox_mocks.gateways import HOSTS, create

__all__ = ["HOSTS", "create"]


def __getattr__(name: str) -> Any:
    """Load the routes of all parties when they are asked for: who wants one of them, or its tables, need not wait."""
    if name not in __all__:
        raise AttributeError(name)
    from yibaobox_mocks import gateways  # noqa: PLC0415 - see above

    return getattr(gateways, name)
