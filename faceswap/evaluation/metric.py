"""Metric: one figure, what is better, and where the bar lies."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """One figure.

    Attributes:
        name: As in metrics.json.
        title: For people.
        better: `more`, `less`, or `near` where the best lies at `ideal` and both sides are worse.
        bar: A swap that convinces is at least as good as this; None where the field has no bar.
        upper: Of a figure that is best `near` something, the bar above, `bar` being the one below.
        ideal: What is best, where that is neither more nor less.
        unit: ``%`` is shown as hundredths, others behind the number.
        digits: Behind the point.
        help: One sentence: how it is measured.
    """

    name: str
    title: str
    better: str
    bar: float | None
    help: str
    unit: str = ""
    digits: int = 2
    upper: float | None = None
    ideal: float = 0.0

    def worse(self, value: float | None, limit: float) -> bool:
        """Whether a value is worse than a limit; what could not be measured is.

        Of a figure that is best near an ideal, worse is what lies further from it than the limit.
        """
        if value is None or math.isnan(value):
            return True
        if self.better == "more":
            return value < limit
        if self.better == "less":
            return value > limit
        return abs(value - self.ideal) > abs(limit - self.ideal)

    def good(self, value: float | None) -> bool | None:
        """Whether a value is beyond the bar; None where there is no bar or no value."""
        if self.bar is None or value is None or math.isnan(value):
            return None
        if self.better == "near":
            return self.bar <= value <= (self.bar if self.upper is None else self.upper)
        return not self.worse(value, self.bar)

    @property
    def aim(self) -> str:
        """What is better, in words."""
        return f"near {self.ideal:g}" if self.better == "near" else self.better

    @property
    def wanted(self) -> str:
        """The bar in words; empty without one."""
        if self.bar is None:
            return ""
        if self.better == "near" and self.upper != self.bar:
            return f"{self.text(self.bar)} to {self.text(self.upper)}"
        sign = {"more": "≥ ", "less": "≤ ", "near": ""}[self.better]
        return sign + self.text(self.bar)

    def text(self, value: float | None) -> str:
        """A value for people."""
        if value is None or math.isnan(value):
            return "-"
        # Rounded first, so that nothing is written as a minus before zeros.
        value = round(100 * value if self.unit == "%" else value, self.digits) + 0.0
        if self.unit == "%":
            return f"{value:.{self.digits}f} %"
        return f"{value:.{self.digits}f} {self.unit}".rstrip()
