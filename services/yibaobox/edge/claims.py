"""Worlds reserved for the thread that answers brief requests, so that it never waits for another.

Whoever holds a world must not wait for another store: those who snapshot or import one hold the registry meanwhile.
"""

from typing import TYPE_CHECKING, Any

from yibaobox.domain import faults
from yibaobox.domain.store import Occupied
from yibaobox.edge import choice, context, faulting

if TYPE_CHECKING:
    from yibaobox.domain.store import World, Worlds


def claim(environ: dict[str, Any], worlds: "Worlds") -> "World | None":
    """Reserve the world that a request names and note it there; nothing where somebody may have to be waited for.

    Whether whoever waits can give way to others meanwhile is noted, too, under `context.GIVES_WAY`.
    Occupied where somebody has to. What is noted under `context.KEPT` meanwhile is to be done when its effect is kept.
    """
    if faulting.HEADER in environ:
        return None
    path = environ["PATH_INFO"]
    world = choice.at_hand(environ, choice.Target(None, path, path), worlds)
    if world is None:
        return None
    if not world.store.own:
        environ[context.GIVES_WAY] = world.store.gives_way
        return None
    if not world.store.claim():
        raise Occupied
    try:
        armed = faults.any_armed(world)  # some let time pass
    except Exception:  # noqa: BLE001 - the request meets it again in its thread, and tells
        armed = True
    if armed:
        world.store.release()
        return None
    environ[context.WORLD], environ[context.KEPT] = world, []
    return world
