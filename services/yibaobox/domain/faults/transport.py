"""Faults of the line: what a client meets when the network or a proxy on it fails. The service itself does no wrong."""

from __future__ import annotations

from typing import Final

from yibaobox.domain.faults.kinds import AFTER, BEFORE, Kind, Param, Reach

_SILENCE: Final = Param("s", default=120, minimum=1, maximum=3600, meaning="seconds until the connection is dropped")
_SECONDS: Final = Param("s", default=60, maximum=10**8, meaning="seconds of sandbox time")
_PLACE: Final = Param(
    "position",
    "choice",
    BEFORE,
    choices=(BEFORE, AFTER),
    meaning="whether the request had its effect before the proxy gave up",
)
KINDS: Final = (
    Kind(
        "latency",
        AFTER,
        "the reply comes later",
        (Param("ms", default=1000, maximum=600_000, meaning="milliseconds"),),
    ),
    Kind(
        "latency.lognormal",
        AFTER,
        "the reply comes later by a time that is drawn anew from the rule's seed each time",
        (
            Param("median", default=200, minimum=1, maximum=600_000, meaning="milliseconds"),
            Param("sigma", default=50, maximum=500, meaning="spread in hundredths: 50 is a sigma of 0.5"),
        ),
    ),
    Kind("timeout.before_effect", BEFORE, "nothing is done and nothing is answered", (_SILENCE,)),
    Kind("timeout.after_commit", AFTER, "everything is done and nothing is answered", (_SILENCE,)),
    Kind("reset.before_effect", BEFORE, "the connection is reset and nothing was done"),
    Kind("reset.after_commit", AFTER, "everything was done and the connection is reset before the reply"),
    Kind(
        "truncate.response",
        AFTER,
        "the connection breaks off in the middle of the reply's body",
        (Param("bytes", default=16, maximum=10**6, meaning="bytes of the body that still arrive"),),
    ),
    Kind(
        "slow.response",
        AFTER,
        "the reply's body drips in",
        (Param("bps", default=256, minimum=1, maximum=10**6, meaning="bytes a second"),),
    ),
    Kind("malformed.json", AFTER, "the reply's body lacks its end, and its Content-Length agrees with that"),
    Kind("gbk.response", AFTER, "the reply's body is encoded in GBK while its header goes on to say UTF-8"),
    Kind("empty.200", AFTER, "everything is done; the reply is a 200 without a body"),
    Kind("http.502", BEFORE, "a proxy answers 502 Bad Gateway in HTML", (_PLACE,)),
    Kind("http.503", BEFORE, "a proxy answers 503 Service Unavailable in HTML", (_PLACE,)),
    Kind("http.504", BEFORE, "a proxy answers 504 Gateway Time-out in HTML", (_PLACE,)),
    Kind(
        "rate.429",
        BEFORE,
        "a proxy answers 429 Too Many Requests",
        (Param("retry_after", default=30, minimum=1, maximum=86_400, meaning="seconds, sent as Retry-After"),),
    ),
    Kind("duplicate.delivery", AFTER, "the request arrives twice, one after the other; the first reply is the answer"),
    Kind(
        "late.delivery",
        BEFORE,
        "the connection is reset, and the request arrives later, perhaps after its reversal",
        (_SECONDS,),
        Reach(methods=("POST",)),
    ),
)
