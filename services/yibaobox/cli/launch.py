"""Start a sandbox of one's own for the time of a command."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import click

from yibaobox.server import launch


@contextlib.contextmanager
def launched(options: Sequence[str], without: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Run `yibaobox up` while the block runs and hand over what it printed; exit code 1 when it did not start."""
    try:
        with launch.launched(options, without) as told:
            yield told
    except launch.DidNotStart as reason:
        raise click.ClickException(str(reason)) from None
