"""A program whose application cannot be built."""

import sys

from yibaobox.server import Listener, ServerConfig, serve

if __name__ == "__main__":
    sys.exit(serve(ServerConfig("served:missing", listeners=[Listener(0)], workers=2)))
