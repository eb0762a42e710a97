"""Which hosts are ours to answer, and which of the known ones nobody here can."""

from __future__ import annotations

from typing import Final

from yibaobox_mocks import HOSTS as VENDORS

DOMAIN: Final = "yibaobox.test"
USUAL: Final = frozenset({"127.0.0.1:8097", "localhost:8097"})  # where a sandbox listens unless told otherwise
KNOWN: Final = (
    "95516.com",
    "alipay.com",
    "alipaydev.com",
    "chinatax.gov.cn",
    "nhsa.gov.cn",
    "unionpay.com",
    "weixin.qq.com",
)

__all__ = ["DOMAIN", "KNOWN", "USUAL", "VENDORS", "NotEmulated", "is_known"]


class NotEmulated(Exception):
    """A host of China's medical insurance or of its payment partners that the sandbox does not stand in for."""

    def __init__(self, host: str) -> None:
        served = ", ".join(sorted(VENDORS))
        super().__init__(
            f"{host} is not emulated, and a test must not reach the real one. Emulated: {served}; "
            "the sandbox's own services answer at `box.url`"
        )
        self.host = host


def is_known(host: str) -> bool:
    """Tell whether a request to a host would reach the real world of payments and insurance."""
    return any(host == name or host.endswith(f".{name}") for name in KNOWN)
