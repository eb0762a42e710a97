"""微信医保支付 (`/v3/med-ins`): one order that insurance and the payer's wallet pay together.

The insurance side is a payment number (`pay_order_id`) and a consent (`pay_auth_no`). Those that this sandbox gave out
are checked: whose they are, whether they still hold, once only; paying moves the settlement. Others stand alone.
"""

from yibaobox_mocks.wechatpay.med_ins.mixes import Mix, check_close, find, find_mix
from yibaobox_mocks.wechatpay.med_ins.pay import act
from yibaobox_mocks.wechatpay.med_ins.routes import add

__all__ = ["Mix", "act", "add", "check_close", "find", "find_mix"]
