"""The yardstick: a bare Flask application that reads a JSON message and sends it back, on our server.

    python -m loadtests.bench.echo [--workers N]

Prints its address as JSON when it answers.
"""

from __future__ import annotations

import argparse
import json
import sys

import flask

from yibaobox.server import Listener, ServerConfig, serve


def create(_: object) -> flask.Flask:
    """Return the application."""
    app = flask.Flask(__name__, static_folder=None)

    @app.post("/<path:_rest>")
    def echo(_rest: str) -> flask.Response:
        return flask.jsonify(flask.request.get_json())

    return app


def _told(addresses: object) -> None:
    sys.stdout.write(json.dumps({"url": addresses[0].url}) + "\n")  # type: ignore[index]
    sys.stdout.flush()


def main() -> int:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    return serve(
        ServerConfig("loadtests.bench.echo:create", listeners=(Listener(0),), workers=asked.workers, on_ready=_told)
    )


if __name__ == "__main__":
    sys.exit(main())
