"""A sweep begun before: whether a folder's runs are those of the plan, and what a person is told when they are not."""

from pathlib import Path

from abm.foundation.errors import InputError
from abm.sweeps.files import flush_folder, set_aside
from abm.sweeps.ledger import Ledger, LedgerDamaged
from abm.sweeps.plan import Plan, facts

CHANGES = {
    "code": "the model's code",
    "data": "the data",
    "keep": "the metrics kept",
    "until": "the last month",
    "execute": "the function that does a run",
}


def prepare(folder: Path, plan: Plan, restart: bool, notes: list[str]) -> Ledger:
    """The ledger of a folder, made to fit the plan: new, repaired, extended, or begun again.

    InputError when the folder holds runs that are not the plan's and `restart` is not asked for.
    """
    path = folder / "ledger.sqlite"
    journal = path.with_name("ledger.sqlite-journal")
    old = [file for file in (path, journal, *(folder / "parts").iterdir()) if file.exists()]
    if restart and old:
        notes.append(f"what was there was moved to {set_aside(folder, old)}")
    book = opened(path, notes)
    if book is None:
        rubble = [file for file in (path, journal) if file.exists()]
        if rubble:
            set_aside(folder, rubble)
        return create(path, plan)
    try:
        if changes := differences(book, plan):
            done = sum(len(part.runs) for part in book.parts())
            raise InputError(refusal(folder, changes, done, len(plan.cases)))
        extend(book, plan, notes)
    except BaseException:
        book.close()
        raise
    return book


def opened(path: Path, notes: list[str]) -> Ledger | None:
    """The ledger that is there; None when there is none or it is damaged."""
    if not path.exists():
        return None
    try:
        book = Ledger(path)
    except LedgerDamaged as fault:
        notes.append(f"the ledger {fault.what}; it was set aside and is rebuilt from the parts")
        return None
    try:
        book.check()
    except LedgerDamaged as fault:
        book.close()
        notes.append(f"the ledger {fault.what}; it was set aside and is rebuilt from the parts")
        return None
    return book


def create(path: Path, plan: Plan) -> Ledger:
    """A new ledger that lists the plan's runs."""
    book = Ledger.create(path, facts(plan), plan.cases)
    flush_folder(path.parent)
    return book


def extend(book: Ledger, plan: Plan, notes: list[str]) -> None:
    """Add the plan's further runs to a ledger that holds its first ones."""
    count = int(book.meta()["count"])
    if count < len(plan.cases):
        notes.append(f"the plan grew from {count} to {len(plan.cases)} runs")
        book.extend(facts(plan), plan.cases[count:])


def differences(book: Ledger, plan: Plan) -> list[str]:
    """Why a ledger's runs are not (the first) runs of a plan; empty when they are."""
    old, new = book.meta(), facts(plan)
    changed = [name for name in CHANGES if old.get(name) != new[name]]
    found = [f"{CHANGES[name]}: {old.get(name)} then, {new[name]} now" for name in changed]
    cases = book.cases()
    pairs = list(zip(cases, plan.cases, strict=False))
    moved = sum((one.regime, one.seed, one.factors) != (two.regime, two.seed, two.factors) for one, two in pairs)
    if moved:
        found.append(f"the plan: {moved} of {len(cases)} runs have another regime, seed or parameters")
    if (gone := len(cases) - len(plan.cases)) > 0:
        found.append(f"the plan: {gone} runs are no longer in it")
    others = {one.regime for one, two in pairs if one.key != two.key}
    if others and not found:
        found.append(f"the acts or common settings of {', '.join(sorted(others))}")
    return found


def refusal(folder: Path, changes: list[str], done: int, planned: int) -> str:
    """What a person is told whose sweep does not fit the folder."""
    lines = "\n".join(f"  changed: {change}" for change in changes)
    return (
        f"{folder} holds {done} finished runs of another plan, code or data ({planned} runs are planned now); "
        f"results are never mixed\n{lines}\n"
        f"  either  give another folder with --out, and keep both\n"
        f"  or      give --restart: the {done} finished runs are moved to {folder / 'aside'}, and all are done anew\n"
        f"  or      undo the change, and the same command continues"
    )
