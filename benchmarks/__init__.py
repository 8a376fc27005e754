"""How fast the model is: one module a question, all asked in one interleaved run. `./run bench`, or see `--help`.

run      one run of `history`, and each phase's share of it
bound    the compiled loops of a month called alone: what is left when all else takes no time
adaptive a run in which governments decide, against a plain one
growth   the same for 50 to 10,000 labs, and the exponent
plain    against the month with one object an agent in `tests/reference`
batch    against `mesa.batch_run`, same model and outputs
sweep    sweeps of one and two workers: how much of the cores' time is inside runs
start    `abm --help`, and the first run of a process, with the loops compiled before and without
memory   what a process holds after runs of 150 and 10,000 labs, and what a sweep's coordinator adds run by run
"""

import os

# Before NumPy is first imported: threads of the linear algebra only get in each other's way.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
