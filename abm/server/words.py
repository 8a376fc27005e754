"""Values, units and sentences of declarations (levers, parameters) as people read them."""

from datetime import date


def value(one: float | str | None) -> str:
    """A declared value: 'case by case', 'true', '70,000', '−1.5'; 'not set' for None."""
    if one is None:
        return "not set"
    if isinstance(one, bool | str):
        return str(one).lower().replace("_", " ")
    return f"{one:,.10g}".replace("-", "−") if abs(one) < 1e9 else f"{one:g}"


def unit(one: str, before: str = " ") -> str:
    """A declared unit after a value or, with `before=", "`, after a label; nothing for a pure number."""
    return "" if one in ("", "1") else f"{before}{one}"


def sentence(text: str) -> str:
    """A help text with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def day(one: date | None) -> str:
    """A day: '21 October 2022'."""
    return "no date" if one is None else f"{one.day} {one:%B %Y}"
