"""The Alipay OpenAPI gateway (v2), as an application's server sees it: trades, refunds, bills, log-in, notifications.

Protocol timestamps are the wall's, business times the sandbox's. Facts: what the vendor's documents and its SDKs say.
"""

from yibaobox_mocks.alipay.notify import TOPIC, forge, taken
from yibaobox_mocks.alipay.oauth import check_app, login
from yibaobox_mocks.alipay.open import opened
from yibaobox_mocks.alipay.pay import Act, Acted, act, end
from yibaobox_mocks.alipay.trades import JOB

__all__ = ["JOB", "TOPIC", "Act", "Acted", "act", "check_app", "end", "forge", "login", "opened", "taken"]
