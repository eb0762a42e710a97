"""Rules of the outbox and of jobs (reliability §2, O1 and O2)."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yibaobox.sandbox.audit.rows import Rows


def events_have_causes(rows: Rows) -> Iterator[str]:
    """O1: an event names its cause, and the versions of a topic count up from one without a gap."""
    versions: dict[str, list[int]] = defaultdict(list)
    for event_id, topic, version, cause, *_ in rows.outbox:
        versions[topic].append(version)
        if not cause:
            yield f"event {event_id} has no cause"
    for topic, found in versions.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"the versions of {topic} have a gap"


def deliveries_agree(rows: Rows) -> Iterator[str]:
    """O2: an event is delivered at least once, or is seen as pending or exhausted; its attempts count up from one."""
    attempts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for event_id, attempt, accepted in rows.deliveries:
        attempts[event_id].append((attempt, accepted))
    for event_id, _, _, _, state, counted, schedule in rows.outbox:
        made = attempts.pop(event_id, [])
        if counted != len(made) or [number for number, _ in made] != list(range(1, len(made) + 1)):
            yield f"event {event_id} counts {counted} attempts and has {len(made)}"
        accepted = any(flag for _, flag in made)
        if (state == "delivered") != accepted:
            yield f"event {event_id} is {state}, its deliveries say otherwise"
        if state == "exhausted" and len(made) <= len(json.loads(schedule)):
            yield f"event {event_id} gave up before its schedule ended"
    yield from (f"deliveries of event {event_id} have no event" for event_id in attempts)


def jobs_are_settled(rows: Rows) -> Iterator[str]:
    """A job is pending or has an end, and was tried at least once where it ended by itself."""
    for job_id, state, attempts, _, finished_us in rows.jobs:
        if (state == "pending") != (finished_us is None):
            yield f"job {job_id} is {state} and its end says otherwise"
        if state in {"done", "failed"} and attempts < 1:
            yield f"job {job_id} is {state} and was never tried"
