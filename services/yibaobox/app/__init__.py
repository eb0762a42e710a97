"""The composition root: the one place that knows all parts and puts them together."""

from yibaobox.app.compose import Application, create_app, served
from yibaobox.app.settings import CannotStart, Settings, data_folder

__all__ = ["Application", "CannotStart", "Settings", "create_app", "data_folder", "served"]
