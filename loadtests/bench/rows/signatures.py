"""An SM2 signature made and checked, as body-sign asks: on request only (`--only signatures`)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from loadtests.bench.row import Bench, Row
from yibaobox.settlement.gateway_auth import sm2

MARK_MS: Final = 0.9
_KEY: Final = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8  # of GB/T 32918.5


def rows(bench: Bench) -> Iterator[Row]:
    """Sign and verify messages by one key, whose table is made beforehand; CPU time, the best of several turns."""
    public, count = sm2.public_key(_KEY), bench.of(50, 500)
    messages = [f"fixmedins_code=H51040000001&infno=2207&msgid=M{number:030d}".encode() for number in range(count)]
    sm2.verify(messages[0], sm2.sign(messages[0], _KEY), public)
    best = min(_turn(messages, public) for _ in range(bench.rounds))
    yield Row("SM2 sign and verify", round(best * 1000, 3), "ms", MARK_MS, at_most=True, note="CPU, one core")


def _turn(messages: list[bytes], public: sm2.Point) -> float:
    began = time.process_time()
    held = sum(sm2.verify(message, sm2.sign(message, _KEY), public) for message in messages)
    assert held == len(messages), "every signature holds"
    return (time.process_time() - began) / len(messages)
