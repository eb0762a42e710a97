"""`mock_yibao`: the sandbox in process around a block, a function or the tests of a class."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast, overload

from yibaobox.testing.box import Box, Wanted, lent
from yibaobox.testing.near import Near

T = TypeVar("T", bound=Callable[..., Any])


class MockYibao(AbstractContextManager[Box]):
    """A fresh world for each block, call, or test of a class; it may be used again and within itself."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._inside: list[AbstractContextManager[Box]] = []

    def __enter__(self) -> Box:
        """Make the world and intercept."""
        block = lent(Near(self._wanted), self._wanted)
        box = block.__enter__()
        self._inside.append(block)
        return box

    def __exit__(self, *reason: object) -> None:
        """Let go of it."""
        self._inside.pop().__exit__(*reason)  # type: ignore[arg-type]

    def __call__(self, target: T) -> T:
        """Decorate a function, which gets the box if it takes `box`, or a unittest.TestCase, which has `self.box`."""
        wrap = _tests if inspect.isclass(target) else _awaited if inspect.iscoroutinefunction(target) else _called
        return cast("T", wrap(target, self._wanted))


@overload
def mock_yibao(target: T, /) -> T: ...


@overload
def mock_yibao(**wanted: Any) -> MockYibao: ...


def mock_yibao(target: Any = None, /, **wanted: Any) -> Any:
    """Run the sandbox in process around a block or what is decorated; `region`, `at`, `seed`, `fault`, `population`."""
    made = MockYibao(Wanted(**wanted))
    return made if target is None else made(target)


def _called(function: Any, wanted: Wanted) -> Any:
    @functools.wraps(function)
    def wrapped(*args: Any, **given: Any) -> Any:
        with MockYibao(wanted) as box:
            return function(*args, **given, **_box(function, box))

    return _without_box(wrapped, function)


def _awaited(function: Any, wanted: Wanted) -> Any:
    @functools.wraps(function)
    async def wrapped(*args: Any, **given: Any) -> Any:
        with MockYibao(wanted) as box:
            return await function(*args, **given, **_box(function, box))

    return _without_box(wrapped, function)


def _tests(case: Any, wanted: Wanted) -> Any:
    """Give each test of a class a world, from before its setUp to after its clean-up."""
    run = case.run

    @functools.wraps(run)
    def boxed(self: Any, result: Any = None) -> Any:
        with MockYibao(wanted) as box:
            self.box = box
            return run(self, result)

    case.run = boxed
    return case


def _box(function: Any, box: Box) -> dict[str, Box]:
    return {"box": box} if "box" in inspect.signature(function).parameters else {}


def _without_box(wrapped: Any, function: Any) -> Any:
    """Hide the parameter that the decorator fills: pytest would look for a fixture of that name."""
    signature = inspect.signature(function)
    kept = [each for name, each in signature.parameters.items() if name != "box"]
    wrapped.__signature__ = signature.replace(parameters=kept)
    return wrapped
