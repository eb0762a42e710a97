"""`serve`: the one door of this package."""

import sys

from yibaobox.server import process, sockets
from yibaobox.server.config import ServerConfig
from yibaobox.server.supervisor import Supervisor


def serve(config: ServerConfig) -> int:
    """Serve until SIGTERM or SIGINT and return the exit code: 0, or 1 when it could not start.

    A process that has served by itself, without workers, does not return but ends, with 0.

    Must be called in the main thread. `config.on_ready` is called with the real addresses once requests are answered.
    """
    try:
        bound = sockets.bind(config.host, config.listeners)
    except sockets.CannotListen as error:
        print(error, file=sys.stderr)  # noqa: T201 - the command's own words
        return 1
    where = sockets.addresses(bound, config.listeners)

    def ready() -> None:
        if config.on_ready is not None:
            config.on_ready(where)

    try:
        if config.workers > 1:
            return Supervisor(config, bound, ready).run()
        return process.run(config, bound, ready)
    finally:
        sockets.close(bound)
