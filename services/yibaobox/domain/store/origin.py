"""What the books and the counters of a world begin with."""

from typing import Final

GENESIS: Final = "0" * 64  # the head of a book with no posting yet
SEQUENCES: Final = ("txn", "person", "job", "event", "request", "number")
