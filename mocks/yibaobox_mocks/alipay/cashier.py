"""The page on which a buyer pays what a page or a browser on a phone offers."""

from __future__ import annotations

import html
import json
from typing import Final
from urllib.parse import quote

from yibaobox_mocks.alipay.trades import Trade
from yibaobox_mocks.written import yuan

_PAGE: Final = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>支付宝收银台（沙盒）</title></head>
<body><main><h1>支付宝收银台（沙盒）</h1><p>{subject}</p><p><strong>￥{yuan}</strong></p><p>订单号 {name}</p>
<button data-outcome="success">确认付款</button> <button data-outcome="cancel">取消</button><p role="status"></p></main>
<script>
for (const button of document.querySelectorAll("button")) button.addEventListener("click", async () => {{
  const reply = await fetch({url}, {{method: "POST", headers: {{"Content-Type": "application/json"}},
    body: JSON.stringify({{outcome: button.dataset.outcome}})}});
  const told = await reply.json();
  if (told.return_url) location.href = told.return_url;
  else document.querySelector("[role=status]").textContent = told.state || told.detail || told.title;
}});
</script></body></html>
"""


def page(trade: Trade, base: str) -> str:
    """Return the page of a trade."""
    url = json.dumps(f"{base}/_sandbox/v1/alipay/pay/{quote(trade.out_trade_no)}")
    return _PAGE.format(
        subject=html.escape(trade.subject),
        yuan=yuan(trade.total_fen),
        name=html.escape(trade.out_trade_no),
        url=url.replace("<", "\\u003c"),
    )
