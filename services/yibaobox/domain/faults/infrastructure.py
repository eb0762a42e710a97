"""Faults of what the sandbox itself stands on: its database, its disk, its processes, its way to receivers."""

from __future__ import annotations

from typing import Final

from yibaobox.domain.faults.kinds import AFTER, BEFORE, Kind, Param, Reach

_DELIVERIES: Final = Reach(deliveries=True)
KINDS: Final = (
    Kind("db.busy", BEFORE, "the database refuses every transaction of the request, until the sandbox gives up"),
    Kind(
        "db.down",
        BEFORE,
        "the database cannot be reached: this request fails, and all of the world for some seconds",
        (Param("s", default=0, maximum=10**6, meaning="seconds of sandbox time; 0 strikes this request alone"),),
    ),
    Kind("db.serialization", BEFORE, "the first commit fails and is done again, as the sandbox does by itself"),
    Kind("disk.full", BEFORE, "the first commit fails because the disk is full; nothing is done"),
    Kind(
        "worker.kill",
        BEFORE,
        "the process that took the request is killed",
        (
            Param(
                "position",
                "choice",
                BEFORE,
                choices=(BEFORE, AFTER),
                meaning="whether the request had its effect before that",
            ),
        ),
        control_only=True,
    ),
    Kind("callback.down", BEFORE, "a receiver of notifications cannot be reached", (), _DELIVERIES),
    Kind("callback.slow", AFTER, "a receiver gets the notification, and its answer comes too late", (), _DELIVERIES),
)
