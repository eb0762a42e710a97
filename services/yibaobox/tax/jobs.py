"""What the tax channel does later: tell insurance of a paid bill, ask for money to go back, review refunds."""

from typing import Final

from yibaobox.domain.jobs import Handler
from yibaobox.tax import ask_back, post, refund, review

HANDLERS: Final[dict[str, Handler]] = {
    post.KIND: post.post,
    refund.SEND: refund.send,
    ask_back.ACCEPT: review.accept,
    review.DECIDE: review.when_due,
}
