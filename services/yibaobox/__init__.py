"""A sandbox of China's medical insurance systems on one machine."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yibaobox.app import create_app

__version__ = "0.1.0"

__all__ = ["__version__", "create_app"]


def __getattr__(name: str) -> Any:
    """Load the application when it is asked for: a client of one module need not wait for all of them."""
    if name != "create_app":
        raise AttributeError(name)
    from yibaobox.app import create_app  # noqa: PLC0415 - see above

    return create_app
