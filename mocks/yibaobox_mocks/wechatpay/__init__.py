"""WeChat Pay API v3, as a merchant's server sees it: orders, queries, refunds, certificates, notifications.

Protocol timestamps are the wall's, business times the sandbox's. Facts: what the vendor's documents and its SDKs say.
"""

from yibaobox_mocks.wechatpay.invoke import Invocation, opened
from yibaobox_mocks.wechatpay.notify import TOPIC, Seal
from yibaobox_mocks.wechatpay.pay import Act, Acted, act
from yibaobox_mocks.wechatpay.refunds import JOB, end, settle

__all__ = ["JOB", "TOPIC", "Act", "Acted", "Invocation", "Seal", "act", "end", "opened", "settle"]
