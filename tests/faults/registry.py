"""The rows of the table of faults, each a function with its id: @row("P07", fault=..., expected=...)."""
from dataclasses import dataclass, field
from typing import Callable, Optional


class Skip(Exception):
    """This machine cannot run the row; the text says why."""


@dataclass
class Row:
    id: str
    fault: str
    expected: str
    light: bool  # runs with every change; else with --slow and --all
    alone: bool  # measures time so short, or makes so much load, that nothing may run beside it
    seconds: int  # after which it is given up
    run: Callable

    def group(self):
        return self.id[0]


@dataclass
class Seen:
    text: str
    detection_ms: Optional[float] = None
    recovery_ms: Optional[float] = None
    hole_s: Optional[float] = None


@dataclass
class Result:
    id: str
    verdict: str  # ok FAILED skipped
    seen: str = ""
    detection_ms: Optional[float] = None
    recovery_ms: Optional[float] = None
    hole_s: Optional[float] = None
    api_p99_ms: Optional[float] = None
    took_s: float = 0.0
    failures: list = field(default_factory=list)


rows = {}


def row(identity, fault, expected, light=True, alone=False, seconds=60):
    def register(function):
        assert identity not in rows, identity
        rows[identity] = Row(identity, fault, expected, light, alone, seconds, function)
        return function
    return register
