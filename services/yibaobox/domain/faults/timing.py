"""Faults of time: a wrong clock on the wire, a sandbox clock that jumps, a policy that changes midway."""

from __future__ import annotations

from typing import Final

from yibaobox.domain.faults.kinds import AFTER, BEFORE, Kind, Param, national

_JUMP: Final = Param("s", default=86_400, minimum=1, maximum=10**8, meaning="seconds")
KINDS: Final = (
    Kind(
        "clock.skew",
        AFTER,
        "the times that the reply states, and its Date, are those of a wrong clock; the sandbox's is not touched",
        (Param("s", default=600, minimum=-(10**8), maximum=10**8, meaning="seconds that the wrong clock is ahead"),),
    ),
    Kind("clock.jump", BEFORE, "the sandbox clock jumps ahead just before the request", (_JUMP,), control_only=True),
    Kind("clock.back", BEFORE, "the sandbox clock is set back just before the request", (_JUMP,), control_only=True),
    Kind(
        "policy.switch_at",
        AFTER,
        "right after the pre-settlement the sandbox clock stands at an instant from which other policy is in force",
        (Param("at", "instant", meaning="the instant, RFC 3339 with offset"),),
        national("2206"),
    ),
)
