"""The sandbox: every knob over HTTP, the ticker, deliveries, and the audit.

A control route is a file in `routes` that offers a `blueprint`; nothing else needs to know of it.
"""

from yibaobox.sandbox.control import create
from yibaobox.sandbox.installation import Installation
from yibaobox.sandbox.strikes import effects

__all__ = ["Installation", "create", "effects"]
