"""The composition root: the one place that knows all parts and puts them together."""

from typing import TYPE_CHECKING, Any

from yibaobox.app.settings import CannotStart, Settings, data_folder

if TYPE_CHECKING:
    from yibaobox.app.compose import Application, create_app, served

__all__ = ["Application", "CannotStart", "Settings", "create_app", "data_folder", "served"]


def __getattr__(name: str) -> Any:
    """Load the application when it is asked for: who needs the settings alone need not wait for all parts."""
    if name not in __all__:
        raise AttributeError(name)
    from yibaobox.app import compose  # noqa: PLC0415 - see above

    return getattr(compose, name)
