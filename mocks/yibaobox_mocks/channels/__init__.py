"""Channels that debit at once: a bank, a campus card, a kiosk. One contract, a file for what each is of its own.

No public interface of the real ones exists. Their habits are kept: a debit is known by tax office, entrust date and
number, one that is in doubt is reversed, a day is cut in two phases, and each day has its file to reconcile with.
"""

from yibaobox_mocks.channels.accounts import Account, Opened, load, opened, shown
from yibaobox_mocks.channels.debits import JOB, finish
from yibaobox_mocks.channels.parties import CHANNELS
from yibaobox_mocks.channels.signing import key

__all__ = ["CHANNELS", "JOB", "Account", "Opened", "finish", "key", "load", "opened", "shown"]
