"""The sandbox in the tests of those who use it: a pytest plugin, a decorator, and ways in for client libraries.

Nothing is loaded before it is used: the plugin is part of every pytest run on a machine where yibaobox is installed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from yibaobox.testing.box import Box
    from yibaobox.testing.control import Refused
    from yibaobox.testing.hosts import NotEmulated
    from yibaobox.testing.mock import mock_yibao
    from yibaobox.testing.sink import WebhookSink

__all__ = ["Box", "NotEmulated", "Refused", "WebhookSink", "mock_yibao"]

_HOMES: Final = {
    "Box": "box",
    "NotEmulated": "hosts",
    "Refused": "control",
    "WebhookSink": "sink",
    "mock_yibao": "mock",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for."""
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"yibaobox.testing.{_HOMES[name]}"), name)
