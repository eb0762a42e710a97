"""Worlds and their databases: everything a sandbox run knows, committed all or nothing."""

from yibaobox.domain.store.tx import Conflict, OutcomeUnknown, Tx

__all__ = ["Conflict", "OutcomeUnknown", "Tx"]
