"""WeChat Pay API v3, as a merchant's server sees it: JSAPI orders, query, close, notifications.

Protocol timestamps are the wall's, business times the sandbox's. Facts: what the vendor's documents and its SDKs say.
"""

from yibaobox_mocks.wechatpay.notify import TOPIC, Seal
from yibaobox_mocks.wechatpay.pay import Act, Acted, Telling, act

__all__ = ["TOPIC", "Act", "Acted", "Seal", "Telling", "act"]
