"""Figures and what they are held against."""

from dataclasses import dataclass


def percentile(values: list[float], share: float) -> float:
    """The smallest value that `share` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]


@dataclass(frozen=True)
class Aim:
    """A bound of the measured value (`of="ours"`) or of its ratio to the floor; `at_least` where more is better.

    `why` says what the time goes to, for the case that the aim is missed.
    """

    bound: float
    of: str = "ratio"
    at_least: bool = False
    why: str = ""


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    unit: str
    ours: float
    floor: float | None = None
    peer: float | None = None
    aim: Aim | None = None

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None

    @property
    def peer_ratio(self) -> float | None:
        return self.ours / self.peer if self.peer else None

    @property
    def measured(self) -> float | None:
        """What the aim bounds."""
        return self.ours if self.aim and self.aim.of == "ours" else self.ratio

    @property
    def met(self) -> bool | None:
        if self.aim is None or self.measured is None:
            return None
        return self.measured >= self.aim.bound if self.aim.at_least else self.measured <= self.aim.bound
