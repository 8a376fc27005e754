"""`python -m abm.cli` is the same as `abm`."""

from abm.cli import main

main()
