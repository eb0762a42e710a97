"""The machine: what it is, and how fast it is at this moment."""

from __future__ import annotations

import hashlib
import os
import platform
import sqlite3
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil


def calibration_us() -> float:
    """Return the CPU microseconds of a fixed piece of work: hashing, integers, dictionaries; about 5 ms in all."""
    start = time.process_time_ns()
    told = b"yibaobox"
    for number in range(6000):
        facts = {"number": number, "text": str(number)}
        told = hashlib.sha256(told + facts["text"].encode()).digest()  # type: ignore[attr-defined]
    return (time.process_time_ns() - start) / 1000


def facts() -> dict[str, Any]:
    """Return what a reader needs to place the figures."""
    least = min(calibration_us() for _ in range(5))
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": psutil.virtual_memory().total >> 20,
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "granian": version("granian"),
        "flask": version("flask"),
        "calibration_us": round(least),
        "load": os.getloadavg()[0],
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")
