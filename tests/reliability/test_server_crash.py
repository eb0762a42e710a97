"""kill -9 of a serving sandbox, of one of its workers, of PostgreSQL under it, while clients make people and money.

Whatever a client was told is there afterwards, nothing is there twice or by halves, and the books balance. What got no
answer may have happened or not; the clients remember it as unknown.
"""

import collections
import contextlib
import random
import threading
import time
from datetime import date, timedelta

import psutil
import pytest
import requests

from boxes import Server, session
from yibaobox.domain.people import id_numbers
from yibaobox.domain.people.magic import magic_persons

CLIENTS = 4
TOPUPS = 25  # of a person; then the next one is made
RECOVERY_S = 15
MORE_KILLS = 30  # at most, when none of the first ones met a request
ENOUGH = 40


class Client(threading.Thread):
    """Makes people and tops their accounts up, each time with an amount that nobody else uses; repeats nothing."""

    def __init__(self, server: Server, number: int) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.stop = threading.Event()
        self.failure: BaseException | None = None
        self.told: dict[str, set[int]] = {}  # psn_no → amounts that were acknowledged
        self.unsure: dict[str, set[int]] = collections.defaultdict(set)  # psn_no → amounts without an answer
        self.people: dict[str, str] = {}  # id_no → psn_no
        self.unsure_people: dict[str, int] = {}  # id_no → opening amount
        self._number, self._count = number, 0
        self._session = session()

    @property
    def cut(self) -> int:
        return len(self.unsure_people) + sum(map(len, self.unsure.values()))

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self.serve_one_person()
        except BaseException as failure:  # noqa: BLE001 - told by the test's own thread
            self.failure = failure

    def serve_one_person(self) -> None:
        opening = self.amount()
        days, order = divmod(opening, id_numbers.ORDERS)  # a long outage takes many numbers, none of them twice
        id_no = id_numbers.make("510400", date(1950, 1, 1) + timedelta(days=days), "1", order)
        wanted = {"region": "510400", "capacity": "employee", "id_no": id_no, "account_fen": opening}
        made = self.ask("/people", wanted)
        if made is None:
            self.unsure_people[id_no] = opening
            return
        psn_no = self.people[id_no] = made["psn_no"]
        self.told[psn_no] = {opening}
        for _ in range(TOPUPS):
            if self.stop.is_set():
                return
            amount = self.amount()
            answered = self.ask(f"/people/{psn_no}/topup", {"amount_fen": amount})
            (self.unsure if answered is None else self.told)[psn_no].add(amount)

    def amount(self) -> int:
        self._count += 1
        return self._number * 1_000_000 + self._count

    def ask(self, path, body):
        """Return what was answered, or nothing when nobody knows what became of the request."""
        try:
            reply = self._session.post(f"{self.server.url}/_sandbox/v1{path}", json=body, timeout=60)
        except requests.RequestException:
            self._session = session()
        else:
            if reply.status_code != 503:
                assert reply.status_code in (200, 201), reply.text
                return reply.json()
        time.sleep(0.05)
        return None


@contextlib.contextmanager
def load(server):
    clients = [Client(server, number) for number in range(1, CLIENTS + 1)]
    for client in clients:
        client.start()
    yield clients
    for client in clients:
        client.stop.set()
    for client in clients:
        client.join(90)
    assert [client.failure for client in clients if client.failure] == []
    assert not any(client.is_alive() for client in clients)
    check(server.box(), clients)


def check(box, clients):
    assert box.violations() == []
    stored = {person["id_no"]: person["psn_no"] for person in everybody(box)}
    for client in clients:
        assert client.people.items() <= stored.items()
        for psn_no, told in client.told.items():
            assert told <= amounts(box, psn_no) <= told | client.unsure[psn_no]
        for id_no, opening in client.unsure_people.items():
            assert id_no not in stored or amounts(box, stored[id_no]) == {opening}
    tried = set().union(*({*client.people, *client.unsure_people} for client in clients))
    assert stored.keys() <= tried | {magic.id_no for magic in magic_persons()}
    assert acknowledged(clients) > ENOUGH


def acknowledged(clients):
    return sum(len(told) for client in clients for told in list(client.told.values()))


def everybody(box):
    after = None
    while True:
        page = box.ask("GET", "/people", limit=1000, **({"after": after} if after else {}))
        yield from page["items"]
        after = page["next"]
        if after is None:
            return


def amounts(box, psn_no):
    """The amounts on a person's account, none of them twice; they are what the account holds."""
    found = [each["amount_fen"] for each in box.ask("GET", "/ledger/entries", account="ACCT", person=psn_no)["items"]]
    assert len(found) == len(set(found))
    assert sum(found) == box.ask("GET", f"/people/{psn_no}")["account_fen"]
    return set(found)


def workers(server):
    found = set()
    for child in psutil.Process(server.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):  # gone, or a zombie
            if "worker" in " ".join(child.cmdline()):
                found.add(child)
    return found


def until(true, seconds=RECOVERY_S):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def ready(server):
    with contextlib.suppress(requests.RequestException):
        return session().get(f"{server.url}/_sandbox/health", timeout=5).status_code == 200
    return False


def kill_main(server, _):
    """Kill the process that was started; its workers follow, and another one takes over its data."""
    family = psutil.Process(server.pid).children(recursive=True)
    server.kill()
    _, left = psutil.wait_procs(family, timeout=RECOVERY_S)
    assert left == []
    server.start_again()


def kill_worker(server, _):
    """Kill one worker; the other serves, and a new one takes its place."""
    before = workers(server)
    assert len(before) == 2
    victim = random.choice(sorted(before, key=lambda each: each.pid))
    victim.kill()
    until(lambda: len(workers(server) - {victim}) == 2)


def kill_postgres(server, cluster):
    """Kill PostgreSQL with all its backends and start it; the sandbox finds back to it by itself."""
    cluster.kill()
    cluster.start()
    until(lambda: ready(server))


def cycles(few, many):
    return pytest.mark.parametrize("times", [few, pytest.param(many, marks=pytest.mark.long)])


def kill_under_load(server, kill, times, cluster=None):
    with load(server) as clients:
        for turn in range(times + MORE_KILLS):
            if turn >= times and any(client.cut for client in clients):
                break
            time.sleep(random.uniform(0.3, 0.8))
            kill(server, cluster)
            assert server.box().violations() == []
        until(lambda: acknowledged(clients) > ENOUGH, 90)
    assert sum(client.cut for client in clients) > 0, "no request was cut, so nothing was tried"


@pytest.fixture
def serve(tmp_path):
    """Starts a sandbox with nobody in it; it is audited and ended, or killed when the test has failed."""
    made = []

    def start(*options):
        made.append(Server(tmp_path, "--population", "0", "--regions", "510400", *options))
        return made[0]

    yield start
    for server in made:
        try:
            server.audited_stop()
        finally:
            if server.process.poll() is None:
                server.kill()


@cycles(1, 300)
def test_kill_9_of_the_server_on_sqlite_loses_nothing(serve, times):
    kill_under_load(serve(), kill_main, times)


@cycles(1, 100)
@pytest.mark.parametrize(
    "kill", [pytest.param(kill_worker, marks=pytest.mark.long), pytest.param(kill_main, marks=pytest.mark.long)]
)
def test_kill_9_of_one_of_two_workers_or_of_their_parent_loses_nothing(fresh_postgres_url, serve, kill, times):
    kill_under_load(serve("--db", fresh_postgres_url, "--workers", "2"), kill, times)


@cycles(1, 30)
def test_kill_9_of_postgresql_under_a_serving_sandbox_loses_nothing(postgres_server, crash_database, serve, times):
    kill_under_load(serve("--db", crash_database(), "--workers", "2"), kill_postgres, times, postgres_server)
