"""Tables of weighted draws of parameters that come with the model; `abm.results.draws` reads them."""

NONE, USUAL = "none", "calibrated"
"""The defaults instead of an ensemble; and the ensemble that comparisons and sweeps take where none is named."""
