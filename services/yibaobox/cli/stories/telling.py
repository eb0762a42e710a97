"""What a story leaves behind: its steps, each with what was expected and what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from yibaobox.cli.stories.caller import Caller, LostReply, Unexpected

AT: Final = "2025-11-20T10:00:00+08:00"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: which system, what is done there, and the figures by their Chinese names."""

    system: str
    action: str
    expected: Mapping[str, str]
    found: Mapping[str, str]

    @property
    def mismatches(self) -> list[str]:
        """Return a line for each figure that is not the expected one."""
        names = [*self.expected, *(name for name in self.found if name not in self.expected)]
        return [
            f"{self.system}·{self.action}·{name}：应为 {self.expected.get(name, '（无）')}，"
            f"实为 {self.found.get(name, '（无）')}"
            for name in names
            if self.expected.get(name) != self.found.get(name)
        ]


@dataclass(slots=True)
class Told:
    """A story as it went. `columns` names the figures that are amounts of money, in the order of the table."""

    title: str
    columns: Sequence[str]
    steps: list[Step] = field(default_factory=list)

    def step(self, system: str, action: str, expected: Mapping[str, str], found: Mapping[str, str]) -> None:
        """Write down one step."""
        self.steps.append(Step(system, action, dict(expected), dict(found)))

    @property
    def mismatches(self) -> list[str]:
        """Return a line for each figure that is not the expected one."""
        return [line for step in self.steps for line in step.mismatches]

    def shown(self) -> dict[str, Any]:
        """Return the story as JSON."""
        steps = [
            {"system": each.system, "action": each.action, "expected": each.expected, "found": each.found}
            for each in self.steps
        ]
        return {"title": self.title, "steps": steps, "mismatches": self.mismatches}


@dataclass(frozen=True, slots=True)
class Story:
    """A story that can be played: `plot` takes a caller and writes down its steps."""

    name: str
    title: str
    columns: tuple[str, ...]
    plot: Callable[[Caller, Told], None]

    def play(self, caller: Caller) -> Told:
        """Play the story from where its clock stops to its end, or to where an answer of another kind comes."""
        told = Told(self.title, self.columns)
        try:
            caller.control("PUT", "/clock", {"mode": "frozen", "at": AT})
            self.plot(caller, told)
        except Unexpected as answer:
            told.step("沙箱", "应答与故事不符，故事在此中止", {"应答": answer.wanted}, {"应答": answer.found})
        except LostReply as lost:
            told.step("沙箱", "连接中断，故事在此中止", {"应答": str(lost)}, {"应答": "连接中断"})
        return told


def yuan(fen: int) -> str:
    """Write fen as yuan, with thousands apart."""
    sign, whole = "-" if fen < 0 else "", abs(fen)
    return f"{sign}{whole // 100:,}.{whole % 100:02d}"
