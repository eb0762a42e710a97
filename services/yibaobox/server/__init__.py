"""The HTTP server: granian in front, an adapter that waits for the whole body, the WSGI application behind."""

from yibaobox.server.config import Listener, ServerConfig
from yibaobox.server.run import serve

__all__ = ["Listener", "ServerConfig", "serve"]
