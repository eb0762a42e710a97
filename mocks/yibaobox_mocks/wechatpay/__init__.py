"""WeChat Pay API v3, as a merchant's server sees it: orders, queries, refunds, bills, certificates, notifications.

Protocol timestamps are the wall's, business times the sandbox's. Facts: what the vendor's documents and its SDKs say.
"""

from yibaobox_mocks.wechatpay import later, refunds
from yibaobox_mocks.wechatpay.invoke import Invocation, opened
from yibaobox_mocks.wechatpay.notify import TOPIC, Seal, forge
from yibaobox_mocks.wechatpay.pay import Act, Acted, act
from yibaobox_mocks.wechatpay.refunds import settle

# Kinds of work that is done later, and what does it; each may return a call-back to stage.
JOBS = {refunds.JOB: refunds.end, later.JOB: later.come}

__all__ = ["JOBS", "TOPIC", "Act", "Acted", "Invocation", "Seal", "act", "forge", "opened", "settle"]
