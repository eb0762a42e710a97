"""A small application to serve, and a program that serves it: what the tests of the server start."""

import json
import os
import sys
import threading
import time
from pathlib import Path

from claimed import Place
from yibaobox.domain.store import Occupied
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
        self.relieved = {"passing": 0, "idle": 0}
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
        """Offer some to the event loop; what /occupied needs is never free."""
        if environ["PATH_INFO"] == "/occupied":
            raise Occupied
        return (
            self.place.claim() if environ["PATH_INFO"] in ("/brief", "/write", "/lost", "/waits", "/breaks") else None
        )

    def relieve(self, *, idle):
        """Each brief request leaves three things to do, one at a time when nobody asks."""
        self.relieved["idle" if idle else "passing"] += 1
        self.to_do = self.to_do - 1 if idle else 3
        return self.to_do > 0

    def close(self):
        if self.mark:
            with Path(self.mark).open("a") as file:
                file.write("closed\n")


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
