"""Numbers -> text, as papers print them."""

from __future__ import annotations


def number(value: float | None, digits: int = 2) -> str:
    """A number with so many decimals; an en dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def percent(value: float | None) -> str:
    """A share as whole percent."""
    return "–" if value is None else f"{100 * value:.0f} %"


def interval(pair: list[float] | None, digits: int = 2) -> str:
    """Two ends in brackets."""
    return "–" if pair is None else f"[{number(pair[0], digits)}, {number(pair[1], digits)}]"


def p_value(value: float | None) -> str:
    """As papers print it: '.023', '< .001'."""
    if value is None:
        return "–"
    if value < 0.001:
        return "< .001"
    return "> .999" if value > 0.999 else f"{value:.3f}".lstrip("0")
