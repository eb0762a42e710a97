"""How a cost is measured: contenders take turns, each sample has a calibration before and after it.

Other work on the machine makes every sample dearer and none cheaper, so the least is the truest. A sample during which
the machine changed its own speed by more than a sixth or so says nothing and is dropped.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import psutil

from loadtests.bench.machine import calibration_us

MOVED_MAX: Final = 0.15


class Contender(Protocol):
    """Something that is measured in turns with others."""

    def prepare(self) -> None:
        """Make what the next sample needs; not measured."""

    def run(self) -> int:
        """Do the work and return how many units were done."""

    def cpu_s(self) -> float:
        """Return the CPU seconds used so far by whoever does the work."""

    @property
    def lag_s(self) -> float:
        """How long work goes on behind a reply (the journal is written up to 0.4 s later); it is waited for."""


@dataclass(frozen=True)
class Sample:
    """One turn."""

    cpu_us: float
    per_second: float
    moved: float


@dataclass
class Cost:
    """What all turns of one contender came to."""

    samples: list[Sample] = field(default_factory=list)

    @property
    def kept(self) -> list[Sample]:
        """The samples during which the machine kept its speed; the steadiest one when none did."""
        steady = [each for each in self.samples if each.moved <= MOVED_MAX]
        return steady or [min(self.samples, key=lambda each: each.moved)]

    @property
    def least_us(self) -> float:
        """CPU microseconds a unit, the least."""
        return min(each.cpu_us for each in self.kept)

    @property
    def median_us(self) -> float:
        """CPU microseconds a unit, the median."""
        return statistics.median(each.cpu_us for each in self.kept)

    @property
    def per_second(self) -> float:
        """Units a second, the best; for information."""
        return max(each.per_second for each in self.kept)

    def facts(self) -> dict[str, float]:
        """Return the figures as JSON carries them."""
        return {
            "least_us": round(self.least_us, 1),
            "median_us": round(self.median_us, 1),
            "per_second": round(self.per_second, 1),
            "samples": len(self.samples),
            "dropped": sum(each.moved > MOVED_MAX for each in self.samples),
        }


def interleave(contenders: Mapping[str, Contender], rounds: int) -> dict[str, Cost]:
    """Let the contenders take turns, in this order and back."""
    costs = {name: Cost() for name in contenders}
    for number in range(rounds):
        turn = list(contenders.items())
        for name, contender in turn if number % 2 == 0 else reversed(turn):
            contender.prepare()
            time.sleep(contender.lag_s)
            costs[name].samples.append(_sample(contender))
    return costs


def _sample(contender: Contender) -> Sample:
    before = min(calibration_us(), calibration_us())
    cpu, wall = contender.cpu_s(), time.perf_counter()
    done = contender.run()
    took = time.perf_counter() - wall
    time.sleep(contender.lag_s)
    used = contender.cpu_s() - cpu
    after = min(calibration_us(), calibration_us())
    return Sample(used * 1e6 / done, done / took, abs(after / before - 1))


@dataclass
class Call:
    """A contender that is a function of this process, called `times` times a turn."""

    function: Callable[[], object]
    times: int = 200
    ready: Callable[[], object] = lambda: None
    lag_s: float = 0.0

    def prepare(self) -> None:
        """Do what the caller said."""
        self.ready()

    def run(self) -> int:
        """Call it."""
        for _ in range(self.times):
            self.function()
        return self.times

    def cpu_s(self) -> float:
        """CPU of this process."""
        return time.process_time()


def tree_cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and its descendants so far."""
    return sum(_cpu_s(process) for process in _tree(pid))


def _cpu_s(process: psutil.Process) -> float:
    """Return user and system time: to the nanosecond on Linux, where the kernel's ticks are a hundredth of a second."""
    if platform.system() == "Linux":
        return time.clock_gettime((~process.pid << 3) | 2)  # clock_getcpuclockid(3), all threads
    used = process.cpu_times()
    return used.user + used.system


def tree_memory_mb(pid: int) -> float:
    """Return the memory of a process and its descendants, pages that they share counted once."""
    return sum(process.memory_full_info().pss for process in _tree(pid)) / (1 << 20)


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]
