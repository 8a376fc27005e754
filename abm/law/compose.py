"""Regimes made of others: acts left out, moved, cut off at a date and added, in this order."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from abm.law.files import read_acts
from abm.law.regime import Regime, load_regime


def compose(
    base: "str | Path | Regime",
    without: Iterable[str] = (),
    shift: Mapping[str, int] | None = None,
    before: str = "",
    add: Iterable[Path] = (),
    name: str = "",
) -> Regime:
    """A regime composed from another; InputError says what is wrong.

    without   acts left out; shift months by which acts are moved
    before    acts announced on this day or later are out
    add       TOML files of `[[act]]` entries
    name      its name; by default one that says what was done
    """
    made = base if isinstance(base, Regime) else load_regime(base)
    made = made.without(*dict.fromkeys(without))
    for act, months in (shift or {}).items():
        made = made.shift(act, months)
    made = made.before(before) if before else made
    for path in add:
        made = made.add(*read_acts(path))
    return replace(made, name=name) if name else made
