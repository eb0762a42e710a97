"""What the sandbox stands on fails: its database, its disk, its process, its clock."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import clock, faults
from yibaobox.domain.errors import Unavailable
from yibaobox.domain.store import Conflict, World
from yibaobox.edge import context
from yibaobox.edge.faulting import Dropped, Effect, Scene
from yibaobox.edge.refusals import StorageFull

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from yibaobox.domain.store import Tx

_SECOND_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class _Failing(World):
    """A world whose writing transactions fail: as they begin, or at their commit, which takes everything back."""

    scene: Scene
    error: Exception
    at_commit: bool = True
    again: bool = False

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """Open a writing transaction that fails, once or each time."""
        fails = self.again or self.scene.once("failed")
        if fails and not self.at_commit:
            raise self.error
        with self.store.write() as tx:
            yield tx
            if fails:
                raise self.error


def busy(scene: Scene) -> Response:
    """Refuse each writing transaction."""
    return scene.served(_failing(scene, Conflict("a fault: the database is busy"), at_commit=False, again=True))


def serialization(scene: Scene) -> Response:
    """Let the first commit fail; the router does the work again."""
    return scene.served(_failing(scene, Conflict("a fault: the commit could not be serialized")))


def full(scene: Scene) -> Response:
    """Let the first commit fail because there is no room."""
    return scene.served(_failing(scene, StorageFull("存储空间不足，请求未受理")))


def down(scene: Scene) -> Response:
    """Answer as when the database cannot be reached, and go on so for some time."""
    if scene.params["s"]:
        with scene.world.write() as tx:
            until_us = tx.now_us + scene.params["s"] * _SECOND_US
            more = faults.Wanted("db.down", times=None, params={"s": 0}, expires_us=until_us)
            faults.arm(tx, more, origin="hold")
    raise Unavailable("数据库暂时无法连接，请稍后重试")


def kill(scene: Scene) -> Response:
    """Kill the process that took the request; in process the connection is reset instead."""
    if scene.params["position"] == faults.AFTER:
        scene.served()
    if scene.environ.get(context.LINE) is not None:
        os.kill(os.getpid(), signal.SIGKILL)
    raise Dropped(scene.strike.kind.name)


def jump(scene: Scene) -> Response:
    """Move the sandbox clock, then serve."""
    seconds = scene.params["s"] * (-1 if scene.strike.kind.name == "clock.back" else 1)
    if scene.once("clock"):
        with scene.world.write() as tx:
            clock.move(tx, tx.now_us + seconds * _SECOND_US)
    return scene.served()


def switch(scene: Scene) -> Response:
    """Serve, then put the sandbox clock to an instant."""
    reply = scene.served()
    if scene.once("clock"):
        with scene.world.write() as tx:
            clock.move(tx, clock.to_us(clock.parse_instant(scene.params["at"])))
    return reply


def _failing(scene: Scene, error: Exception, **how: Any) -> World:
    return _Failing(scene.world.info, scene.world.store, scene, error, **how)


EFFECTS: Final[Mapping[str, Effect]] = {
    "db.busy": busy,
    "db.serialization": serialization,
    "db.down": down,
    "disk.full": full,
    "worker.kill": kill,
    "clock.jump": jump,
    "clock.back": jump,
    "policy.switch_at": switch,
}
