"""What the tax channel does later: tell insurance of a paid bill."""

from typing import Final

from yibaobox.domain.jobs import Handler
from yibaobox.tax import post

POST: Final = "tax.post"
HANDLERS: Final[dict[str, Handler]] = {POST: post.post}
