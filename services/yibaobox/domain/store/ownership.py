"""Who serves a folder of worlds, and whether the machine went down amid that."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_UNKNOWN: Final = "unknown"


class Damaged(Exception):
    """The machine went down while a world was being written, and what is on the disk does not fit together."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(
            f"{path} was damaged when the machine went down ({found}): begin with an empty folder;"
            " with --durable a world survives a power cut"
        )


class OwnedElsewhere(Exception):
    """Another process serves these files."""

    def __init__(self, path: Path, pid: int | None) -> None:
        owner = f"process {pid}" if pid else "another process"
        super().__init__(f"{path} is served by {owner}; stop it first or choose another --db")
        self.pid = pid


class Ownership:
    """A lock on a folder of worlds, held for the life of the process and released by the kernel when it dies.

    `owner.pid` names the owner and the run of the machine, and is empty when everything is on the disk. `cut_off` says
    that the machine went down since. It stays so, for the next owner as well, until the worlds were looked through.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(folder / "owner.pid", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = True
        except OSError:
            mine = False
        pid, _, boot = os.pread(self._file, 256, 0).decode("ascii", "replace").strip().partition(" ")
        if not mine:
            os.close(self._file)
            raise OwnedElsewhere(folder, int(pid) if pid.isdigit() else None)
        now = this_boot()
        self.cut_off = bool(pid) and (not now or boot != now)
        self._claim(boot if self.cut_off else now)

    def looked_through(self) -> None:
        """Note that the worlds fit together."""
        self.cut_off = False
        self._claim(this_boot())

    def release(self, *, settled: bool) -> None:
        """Let another process serve the folder, in which everything is on the disk or not."""
        if settled and not self.cut_off:
            self._write("")
        os.close(self._file)

    def _claim(self, boot: str) -> None:
        self._write(f"{os.getpid()} {boot or _UNKNOWN}")

    def _write(self, text: str) -> None:
        """Write to the disk, before anything else is done; the file is not empty meanwhile."""
        os.pwrite(self._file, text.encode(), 0)
        os.ftruncate(self._file, len(text))
        os.fsync(self._file)


def this_boot() -> str:
    """Return what this run of the machine is called, nothing where nobody says so."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
