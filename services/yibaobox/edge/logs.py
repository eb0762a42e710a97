"""The structured log: one JSON line per request on stderr, under the same masks as the journal.

A traceback is logged as the type of the exception and its frames. Messages of exceptions are left out: libraries put
the offending value into them.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from functools import cache
from typing import Any, Final

from yibaobox.domain import clock
from yibaobox.edge import masks, strict_json

_FRAMES: Final = 30
_OWN: Final = logging.getLogger("yibaobox")


class Logger:
    """The logger of the edge: JSON lines through the standard library, below WARNING only when configured."""

    def info(self, event: str, **facts: Any) -> None:
        """Tell what is usual."""
        if tells(logging.INFO):
            _lines().info(event, **facts)

    def warning(self, event: str, **facts: Any) -> None:
        """Tell what passes by itself."""
        if tells(logging.WARNING):
            _lines().warning(event, **facts)

    def error(self, event: str, **facts: Any) -> None:
        """Tell what somebody should look at."""
        if tells(logging.ERROR):
            _lines().error(event, **facts)


def logger() -> Logger:
    """Return the logger."""
    return Logger()


@cache
def _lines() -> Any:
    """Return what writes the lines; it takes a tenth of a start, and most processes never write one."""
    import structlog  # noqa: PLC0415 - see above

    return structlog.wrap_logger(
        logging.getLogger("yibaobox"),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.processors.add_log_level,
            stamped,
            masked,
            structlog.processors.JSONRenderer(serializer=_serialize),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def tells(level: int) -> bool:
    """Tell whether lines of a level are written; asked before a line is made that nobody reads."""
    return _OWN.isEnabledFor(level)


def configure(level: str = "INFO") -> None:
    """Send our own lines and those of other libraries to stderr as masked JSON."""
    own = logging.getLogger("yibaobox")
    own.setLevel(level.upper())
    own.propagate = False
    plain = logging.StreamHandler(sys.stderr)
    plain.setFormatter(logging.Formatter("%(message)s"))
    own.handlers = [plain]
    other = logging.StreamHandler(sys.stderr)
    other.setFormatter(MaskedFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[other], force=True)


def stamped(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Date a line by the wall."""
    return {"at": clock.wall().isoformat(), **event}


def masked(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask every value of a log line by its looks; the type of an exception and its frames hold nothing of the data."""
    return {key: value if key in ("error", "frames") else _value(value) for key, value in event.items()}


def frames(error: BaseException) -> dict[str, Any]:
    """Return an exception as its type and the places it passed through, without a word of its message."""
    summary = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return {
        "error": f"{type(error).__module__}.{type(error).__qualname__}",
        "frames": [f"{_place(frame.filename)}:{frame.lineno} {frame.name}" for frame in summary],
    }


def _place(filename: str) -> str:
    """Return the end of a path: enough to find the file, nothing of the home it lies in."""
    return "/".join(filename.replace("\\", "/").rsplit("/", 3)[1:]) or filename


class MaskedFormatter(logging.Formatter):
    """Lines of other libraries, as JSON under the same masks."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON line."""
        line: dict[str, Any] = {"logger": record.name, "level": record.levelname.lower()}
        line["event"] = masks.closed_text(record.getMessage())
        if record.exc_info and record.exc_info[1] is not None:
            line |= frames(record.exc_info[1])
        return strict_json.dumps(line)


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return masks.closed_text(value)
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value


def _serialize(event: Any, **_: Any) -> str:
    return strict_json.dumps({key: _printable(value) for key, value in event.items()})


def _printable(value: Any) -> Any:
    return (
        value if isinstance(value, str | int | bool | list | dict) or value is None else masks.closed_text(str(value))
    )
