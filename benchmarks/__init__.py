"""How fast the model is: one module a question, all asked in one interleaved run. `./run bench`, or see `--help`.

run      one run of `history`, and each phase's share of it
rules    how much of it is spent inside rules, which could be compiled
growth   the same for 50 to 10,000 labs, and the exponent
plain    against the month with one object an agent in `tests/reference`
batch    against `mesa.batch_run`, same model and outputs
sweep    sweeps of one and two workers: how much of the cores' time is inside runs
start    `abm --help`, and the first run of a process
memory   what a process holds after runs of 150 and 10,000 labs, and what a sweep's coordinator adds run by run
"""

import os

# Before NumPy is first imported: threads of the linear algebra only get in each other's way.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
