"""A small application to serve, and a program that serves it: what the tests of the server start."""

import json
import os
import socket
import sys
import threading
import time
from functools import partial
from pathlib import Path

from claimed import Place
from yibaobox.domain.store import Occupied, flow
from yibaobox.edge import context
from yibaobox.server import Listener, ServerConfig, serve

BRIEF = ("/brief", "/write", "/lost", "/waits", "/breaks")


def make(settings):
    """Return an application that tells what it received; `settings` may hold a path where `close` leaves a mark."""
    return Application(settings)


class Broken(BaseException):
    """What no net catches."""


class Application:
    def __init__(self, mark):
        self.mark = mark
        self.relieved = {"passing": 0, "idle": 0, "turns": 0, "waited": 0}
        self.to_do = 0
        self.place = Place(keeps=lambda written: "/lost" not in written)  # /brief asks of it

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path == "/slow":
            time.sleep(float(environ["QUERY_STRING"]))
        if path == "/die":
            os._exit(9)
        if path == "/waits" and threading.current_thread() is threading.main_thread():
            environ["wsgi.input"].read()
            raise Occupied
        if path == "/breaks" and threading.current_thread() is threading.main_thread():
            raise Broken
        if path == "/raise":
            raise ValueError("310105199001011234")
        if path == "/large":
            start_response("200 OK", [("Content-Type", "application/octet-stream")])
            return iter([b"x" * 65536] * int(environ["QUERY_STRING"]))
        told = {key: value for key, value in environ.items() if isinstance(value, str)}
        told["size"] = len(environ["wsgi.input"].read())
        told["pid"] = os.getpid()
        told["commits"], told["claims"] = len(self.place.told), self.place.claims
        told["relieved"] = self.relieved
        told["thread"] = threading.current_thread().name
        if path in ("/write", "/lost") and told["thread"] == "MainThread":
            self.place.written.append(path)
        told["services"] = sorted(environ["yibaobox.services"] or ())
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(told).encode()]

    def claim(self, environ):
        """Offer some to the event loop; what /occupied needs is never free, and /turns gives way while it waits."""
        if environ["PATH_INFO"] == "/occupied":
            raise Occupied
        environ[context.GIVES_WAY] = environ["PATH_INFO"] == "/turns"
        return (
            self.place.claim() if environ["PATH_INFO"] in ("/brief", "/write", "/lost", "/waits", "/breaks") else None
        )

    def relief(self, moment):
        """Each brief request leaves three things to do, one at a time when nobody asks."""
        return partial(self.relieve, moment)

    def relieve(self, moment):
        """Do one of them; in turns with requests it waits for something first."""
        self.relieved[moment] += 1
        if moment == "turns":
            pause, other = socket.socketpair()
            threading.Timer(0.4, other.send, [b"x"]).start()
            flow.current().wait(pause.fileno(), writing=False)
            self.relieved["waited"] += 1
            self.left("relieved")
        self.to_do = self.to_do - 1 if moment == "idle" else 3
        return self.to_do > 0

    def close(self):
        self.left("closed")

    def left(self, what):
        """Leave a mark where one is wanted."""
        if self.mark:
            with Path(self.mark).open("a") as file:
                file.write(f"{what}\n")


def main():
    orders = json.loads(sys.argv[1])
    listeners = [Listener(port, None if names is None else frozenset(names)) for port, names in orders.pop("listeners")]
    config = ServerConfig(
        "served:make",
        orders.pop("mark", None),
        listeners=listeners,
        on_ready=lambda found: print(*(a.url for a in found), flush=True),
        **orders,
    )
    return serve(config)


if __name__ == "__main__":
    sys.exit(main())
