"""What the tax channel does later: tell insurance of a paid bill, ask for money to go back."""

from typing import Final

from yibaobox.domain.jobs import Handler
from yibaobox.tax import post, refund

POST: Final = "tax.post"
HANDLERS: Final[dict[str, Handler]] = {POST: post.post, refund.SEND: refund.send}
