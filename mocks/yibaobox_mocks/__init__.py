"""Pretend outside parties, as their customers see them on the wire. They know nothing of the sandbox but `ports`."""

from yibaobox_mocks.gateways import HOSTS, create

__all__ = ["HOSTS", "create"]
