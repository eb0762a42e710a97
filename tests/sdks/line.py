"""A driver: one JSON request a line on stdin, one JSON answer a line on stdout; several may be under way at once.

The first verb is `begin`: it is given what the driver needs and makes the other verbs. It runs in the environment of
the SDK, where nothing of the sandbox is installed.
"""

import json
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 8


def serve(begin):
    """Answer requests until there are no more."""
    verbs, writing = {}, threading.Lock()

    def answer(line):
        asked = json.loads(line)
        try:
            if asked["verb"] == "begin":
                verbs.update(begin(**asked["given"]))
                told = {"id": asked["id"], "value": None}
            else:
                told = {"id": asked["id"], "value": verbs[asked["verb"]](**asked["given"])}
        except Exception as error:  # noqa: BLE001 - whatever an SDK throws is told
            told = {"id": asked["id"], "error": f"{type(error).__name__}: {error}"}
        with writing:
            print(json.dumps(told), flush=True)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for line in sys.stdin:
            pool.submit(answer, line)


def resolve_to(port):
    """Lead the vendors' names to a port of loopback, as private DNS and a forwarded port would."""
    ask = socket.getaddrinfo

    def lead(host, asked, *rest, **more):
        ours = str(host).endswith((".alipay.com", ".alipaydev.com"))
        return ask("127.0.0.1", port, *rest, **more) if ours else ask(host, asked, *rest, **more)

    socket.getaddrinfo = lead
