"""The order of a month."""

from abm.month.channels import brokers_divert, hosts_rent, workshops_convert
from abm.month.close import close
from abm.month.deliveries import deliver
from abm.month.demand import labs_apply, labs_budget, labs_buy
from abm.month.governing import governments_review
from abm.month.law import form_expectations, read_law
from abm.month.phase import Phase
from abm.month.race import labs_innovate, labs_train
from abm.month.supply import hbm_market, vendors_produce, vendors_redesign

PHASES: tuple[Phase, ...] = (
    read_law,
    form_expectations,
    governments_review,
    hbm_market,
    vendors_produce,
    vendors_redesign,
    labs_budget,
    labs_apply,
    labs_buy,
    brokers_divert,
    workshops_convert,
    hosts_rent,
    deliver,
    labs_train,
    labs_innovate,
    close,
)


def table() -> list[dict[str, str]]:
    """What each phase reads, makes and writes, in the order of a month."""
    return [
        {
            "phase": one.name,
            "what it does": (one.act.__doc__ or "").split("\n\n")[0].replace("\n    ", " "),
            "reads": ", ".join(kind.__name__ for kind in one.reads),
            "makes": one.makes.__name__ if one.makes else "",
            "writes": ", ".join(sorted(one.writes)),
        }
        for one in PHASES
    ]
