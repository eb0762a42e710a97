"""Promises of the server that only a real socket can keep or break."""

import collections
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

HERE = Path(__file__).parent
HONEST_S = 1.0


class Served:
    def __init__(self, process, urls):
        self.process = process
        self.urls = urls
        self.url = urls[0]
        self.where = (urlsplit(urls[0]).hostname, urlsplit(urls[0]).port)

    def get(self, target="/", url=None, data=None, headers=None, timeout=10):
        request = urllib.request.Request((url or self.url) + target, data=data, headers=headers or {})
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            return json.load(reply)

    def raw(self, data, timeout=10):
        with socket.create_connection(self.where, timeout=timeout) as sock:
            sock.sendall(data)
            return read_all(sock)

    def terminate(self, number=signal.SIGTERM, timeout=10):
        """Return the exit code and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(timeout), time.monotonic() - began


def read_all(sock):
    parts = []
    with suppress(ConnectionResetError):
        while part := sock.recv(65536):
            parts.append(part)
    return b"".join(parts)


def read_reply(sock):
    """Read one reply that tells its length."""
    data = b""
    while True:
        head, found, body = data.partition(b"\r\n\r\n")
        if found and len(body) >= int(re.search(rb"(?i)content-length: *(\d+)", head)[1]):
            return data
        data += sock.recv(65536)


def command(**orders):
    orders.setdefault("listeners", [[0, None]])
    return [sys.executable, str(HERE / "served.py"), json.dumps(orders)]


def environment():
    path = [str(HERE), *(entry for entry in sys.path if entry)]
    return os.environ | {"PYTHONPATH": os.pathsep.join(path)}


@contextmanager
def served(**orders):
    process = subprocess.Popen(command(**orders), stdout=subprocess.PIPE, text=True, env=environment())
    family = []
    try:
        urls = process.stdout.readline().split()
        assert urls, "the server did not start"
        family = psutil.Process(process.pid).children(recursive=True)
        yield Served(process, urls)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        process.stdout.close()
        for child in family:
            with suppress(psutil.NoSuchProcess):
                child.kill()


@pytest.fixture(scope="module")
def server():
    with served() as running:
        yield running


@contextmanager
def connections(server, count, data):
    opened = []
    try:
        for _ in range(count):
            sock = socket.create_connection(server.where, timeout=10)
            sock.sendall(data)
            opened.append(sock)
        yield opened
    finally:
        for sock in opened:
            sock.close()


@contextmanager
def dribbling(opened):
    """Send one byte on each connection now and then, as slow clients do."""
    over = threading.Event()

    def dribble():
        while not over.wait(0.2):
            for sock in opened:
                with suppress(OSError):
                    sock.send(b"a")

    thread = threading.Thread(target=dribble)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def slowest(server, times=20):
    worst = 0.0
    for _ in range(times):
        began = time.monotonic()
        server.get("/", data=b"{}")
        worst = max(worst, time.monotonic() - began)
    return worst


def test_headers_with_underscores_reach_the_application(server):
    told = server.get(headers={"_api_name": "1101", "_api_access_key": "k"})

    assert (told["HTTP__API_NAME"], told["HTTP__API_ACCESS_KEY"]) == ("1101", "k")


def test_a_repeated_header_is_joined(server):
    reply = server.raw(b"GET / HTTP/1.1\r\nhost: a\r\nx-one: 1\r\nX-One: 2\r\nconnection: close\r\n\r\n")

    assert json.loads(reply.partition(b"\r\n\r\n")[2])["HTTP_X_ONE"] == "1,2"


def test_the_request_target_is_kept_as_it_was_sent(server):
    target = "/v3/pay%2Ftransactions/%E4%B8%AD?out=%20a&b=%7E"

    told = server.get(target)

    assert told["RAW_URI"] == told["REQUEST_URI"] == target
    assert told["PATH_INFO"].encode("latin-1").decode() == "/v3/pay/transactions/中"
    assert told["QUERY_STRING"] == "out=%20a&b=%7E"


def test_a_chunked_body_arrives_whole_and_with_its_length(server):
    chunks = b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
    head = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"

    told = json.loads(server.raw(head + chunks).partition(b"\r\n\r\n")[2])

    assert (told["size"], told["CONTENT_LENGTH"]) == (7, "7")


def test_a_broken_chunk_is_the_clients_fault(server):
    head = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"

    for chunks in (b"ZZ\r\n", b"3\r\nabcdef\r\n", b"-1\r\n\r\n"):
        assert server.raw(head + chunks).startswith(b"HTTP/1.1 400 "), chunks


def test_an_abandoned_body_never_reaches_the_application(tmp_path):
    with served(threads=1) as server:
        for _ in range(5):
            with socket.create_connection(server.where) as sock:
                sock.sendall(b"POST /die HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc")
        time.sleep(0.3)

        assert server.get()["size"] == 0


def test_honest_clients_are_answered_while_200_headers_dribble(server):
    with connections(server, 200, b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: ") as opened, dribbling(opened):
        assert slowest(server) < HONEST_S


def test_honest_clients_are_answered_while_200_bodies_dribble(server):
    head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n"
    with connections(server, 200, head) as opened, dribbling(opened):
        assert slowest(server) < HONEST_S


def test_honest_clients_are_answered_beside_1000_idle_connections(server):
    with connections(server, 1000, b""):
        assert slowest(server) < HONEST_S


def test_readers_of_large_replies_hold_no_thread_while_they_sleep():
    ask = b"GET /large?128 HTTP/1.1\r\nhost: a\r\n\r\n"
    with served(threads=2) as server, connections(server, 20, ask):
        server.get("/slow?1", timeout=30)  # behind the twenty in the queue of the two threads

        assert slowest(server) < HONEST_S


def test_a_brief_request_is_run_where_it_arrives(server):
    assert server.get("/brief")["thread"] == "MainThread"


def test_a_brief_request_is_told_what_it_wrote_once_that_is_committed():
    with served() as server:
        first, second = server.get("/write"), server.get("/write")
        assert server.get("/")["commits"] == 2

    assert (first["thread"], first["commits"], second["commits"]) == ("MainThread", 0, 1)


def test_brief_requests_that_come_together_share_commits():
    with served() as server, ExitStack() as stack:
        wires = [stack.enter_context(socket.create_connection(server.where, timeout=10)) for _ in range(40)]
        for _ in range(5):
            for wire in wires:
                wire.sendall(b"GET /write HTTP/1.1\r\nhost: a\r\n\r\n")
            for wire in wires:
                assert b'"thread": "MainThread"' in read_reply(wire)
        assert 200 // 4 <= server.get("/")["commits"] < 160


def test_a_brief_request_that_could_not_be_kept_is_run_again_by_a_thread_with_its_body():
    with served() as server:
        told = server.get("/lost", data=b"x" * 1000)
        assert server.get("/")["commits"] == 0

    assert told["thread"].startswith("request")
    assert told["size"] == 1000


def test_a_brief_request_that_has_to_wait_after_all_is_run_by_a_thread_with_its_body():
    with served() as server:
        told = server.get("/waits", data=b"x" * 1000)

    assert told["thread"].startswith("request")
    assert (told["size"], told["claims"]) == (1000, 0)


def test_a_brief_request_that_breaks_in_any_way_leaves_its_place_to_others():
    with served() as server:
        with suppress(OSError, http.client.HTTPException):
            server.get("/breaks")
        server.get("/write")
        told = server.get("/")

    assert (told["claims"], told["commits"]) == (0, 1)


def relieved(server):
    return {moment: times for moment, times in server.get("/")["relieved"].items() if times}


def test_what_brief_requests_leave_is_done_while_nobody_asks_and_then_no_more():
    with served() as server:
        server.get("/brief")
        deadline = time.monotonic() + 20
        while (told := relieved(server)) != {"passing": 1, "idle": 3} and time.monotonic() < deadline:
            time.sleep(0.05)
        assert told == {"passing": 1, "idle": 3}
        time.sleep(0.1)
        assert relieved(server) == told


def test_what_requests_that_give_way_leave_is_done_in_turns_with_them_one_at_a_time():
    with served() as server:
        for _ in range(3):
            assert server.get("/turns")["thread"] == "MainThread"
        assert relieved(server) == {"turns": 1}
        deadline = time.monotonic() + 20
        while relieved(server) == {"turns": 1} and time.monotonic() < deadline:
            time.sleep(0.05)
        server.get("/turns")
        assert relieved(server) == {"turns": 2, "waited": 1}


def test_the_end_waits_for_what_is_done_in_turns(tmp_path):
    mark = tmp_path / "mark"
    with served(mark=str(mark)) as server:
        server.get("/turns")
        server.process.terminate()
        server.process.wait(20)

    assert mark.read_text() == "relieved\nclosed\n"


def test_a_brief_request_whose_world_stays_occupied_goes_to_a_thread(server):
    assert server.get("/occupied")["thread"].startswith("request")
    assert server.get("/")["thread"].startswith("request")


def test_a_large_reply_arrives_whole(server):
    connection = http.client.HTTPConnection(*server.where, timeout=10)
    connection.request("GET", "/large?300")

    assert len(connection.getresponse().read()) == 300 * 65536
    connection.close()


def test_an_announced_body_beyond_the_limit_is_refused_unread():
    with served(body_limit=1000) as server:
        reply = server.raw(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1001\r\n\r\n")

    assert reply.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in reply
    assert "PAYLOAD_TOO_LARGE" in reply.decode()


def test_a_streamed_body_beyond_the_limit_is_refused_before_its_end():
    with served(body_limit=1000) as server:
        head = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"

        assert server.raw(head + b"3e9\r\n" + b"x" * 1001 + b"\r\n").startswith(b"HTTP/1.1 413")


def test_a_body_that_takes_too_long_is_given_up():
    with served(body_timeout_s=0.3) as server:
        reply = server.raw(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nabc")

    assert reply.startswith(b"HTTP/1.1 408")


def test_a_failing_application_answers_500_and_tells_nothing(server):
    reply = server.raw(b"GET /raise HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")

    assert reply.startswith(b"HTTP/1.1 500")
    assert b"310105199001011234" not in reply


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_signal_drains_what_is_running_and_ends_within_5_seconds(number, workers, tmp_path):
    mark = tmp_path / "mark"
    with served(workers=workers, mark=str(mark)) as server:
        told = []
        thread = threading.Thread(target=lambda: told.append(server.get("/slow?1.5")))
        thread.start()
        time.sleep(0.4)

        code, took = server.terminate(number)
        thread.join()

    assert (code, len(told)) == (0, 1)
    assert took < 15  # five seconds, and a machine that is busy
    assert mark.read_text().count("closed") == workers


@pytest.mark.parametrize("workers", [1, 2])
def test_dribbling_and_idle_connections_do_not_hold_up_the_end(workers):
    body = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n"
    with ExitStack() as stack:
        server = stack.enter_context(served(workers=workers))
        stack.enter_context(connections(server, 20, b""))
        stack.enter_context(dribbling(stack.enter_context(connections(server, 20, body))))
        code, took = server.terminate()

    assert code == 0
    assert took < 15  # five seconds, and a machine that is busy


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stuck_request_does_not_hold_up_the_end(workers):
    with served(workers=workers) as server, connections(server, 1, b"GET /slow?60 HTTP/1.1\r\nhost: a\r\n\r\n"):
        time.sleep(0.4)
        code, took = server.terminate()

    assert code == 0
    assert took < 20  # the request would take 60


def test_no_new_connection_is_taken_while_draining():
    with served() as server, connections(server, 1, b"GET /slow?3 HTTP/1.1\r\nhost: a\r\n\r\n"):
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)

        with pytest.raises(OSError, match="refused"):
            socket.create_connection(server.where, timeout=1)


def test_listeners_answer_with_their_own_services():
    with served(listeners=[[0, ["settlement"]], [0, ["portal", "tax"]], [0, None]]) as server:
        answered = [server.get(url=url)["services"] for url in server.urls]

    assert answered == [["settlement"], ["portal", "tax"], []]


def test_two_workers_share_the_port():
    with served(workers=2) as server:
        pids = {server.get()["pid"] for _ in range(200)}
        workers = {child.pid for child in psutil.Process(server.process.pid).children()}

    assert pids <= workers
    assert len(workers) == 2
    assert server.process.pid not in pids


def test_a_crashed_worker_is_replaced():
    with served(workers=2) as server:
        before = {child.pid for child in psutil.Process(server.process.pid).children()}
        with suppress(OSError, http.client.HTTPException):
            server.get("/die")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            now = {child.pid for child in psutil.Process(server.process.pid).children() if child.is_running()}
            if len(now) == 2 and now != before:
                break
            time.sleep(0.05)

        assert len(now - before) == 1
        assert server.get()["size"] == 0
        assert server.terminate()[0] == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_killing_the_main_process_leaves_nothing_behind(workers):
    with served(workers=workers) as server:
        family = psutil.Process(server.process.pid).children(recursive=True)
        server.process.kill()
        server.process.wait(10)

        _, alive = psutil.wait_procs(family, timeout=5)

    assert alive == []
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(server.where, timeout=1)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_port_in_use_is_told_and_nothing_starts(workers):
    with served(workers=workers) as server:
        orders = command(listeners=[[0, None], [server.where[1], None]], workers=workers)

        ended = subprocess.run(orders, capture_output=True, text=True, env=environment(), timeout=20, check=False)

    assert ended.returncode == 1
    assert f"127.0.0.1:{server.where[1]}" in ended.stderr
    assert "端口已被占用" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the workers share one queue")
def test_the_connections_of_a_pool_are_spread_over_the_workers():
    with served(workers=2) as server, ExitStack() as stack:
        pool = [stack.enter_context(closing(http.client.HTTPConnection(*server.where, timeout=10))) for _ in range(64)]
        for connection in pool:
            connection.connect()
        answering = collections.Counter(pid_behind(connection) for connection in pool)

    assert len(answering) == 2
    assert min(answering.values()) >= 8  # fewer once in a thousand million runs


def test_who_connects_while_a_worker_is_dead_is_answered():
    with served(workers=2) as server, ExitStack() as stack:
        for worker in psutil.Process(server.process.pid).children():
            worker.kill()
        pool = [stack.enter_context(closing(http.client.HTTPConnection(*server.where, timeout=20))) for _ in range(16)]
        for connection in pool:
            connection.connect()

        assert all(pid_behind(connection) for connection in pool)


def pid_behind(connection):
    connection.request("GET", "/")
    return json.load(connection.getresponse())["pid"]


def test_workers_that_cannot_start_end_the_server():
    orders = command(workers=2, mark=None)
    orders[1:2] = [str(HERE / "broken.py")]

    ended = subprocess.run(orders, capture_output=True, text=True, env=environment(), timeout=30, check=False)

    assert ended.returncode == 1
    assert "工作进程未能启动" in ended.stderr
