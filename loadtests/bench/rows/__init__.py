"""The rows of the table, one subject a module: each offers `rows(bench)`, which yields `Row`s as they are measured.

A new one is a file here and its name in the tuple below; the order is that of the table.
"""

from typing import Final

NAMES: Final = (
    "settlement",
    "stays",
    "pgbench",
    "latency",
    "growth",
    "memory",
    "boot",
    "validator",
    "policy",
    "worlds",
    "gateways",
    "premiums",
    "peers",
)
# Rows that are measured only where they are named.
ON_REQUEST: Final = ("signatures",)
