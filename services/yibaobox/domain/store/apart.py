"""A process that makes empty databases: `python -m yibaobox.domain.store.apart`, started by `blank` and nobody else.

It reads their kinds from standard input and writes them to standard output.
"""

import pickle
import sys

from yibaobox.domain.store import blank

if __name__ == "__main__":
    # The parent wrote this into a pipe that only the two of us have.
    pickle.dump([blank.make(kind) for kind in pickle.load(sys.stdin.buffer)], sys.stdout.buffer)  # noqa: S301
