"""Every number that a person may vary, declared once in `parameters.csv`: default, unit, bounds, range, grade, source.

Checks, command-line flags, sampling spaces, documentation tables and a run's key are derived from these declarations.
Grades are those of the fact tables: measured, reported, estimate, derived, assumed. Dated inputs stand in
`facts/inputs.csv`; the `*_scale` parameters multiply them. A class for each group, such as `Demand`, is made here too.
"""

from abm.foundation.declaration import GRADES, Declaration, build, declarations, matching

__all__ = ["GRADES", "Declaration", "Parameters", "declarations", "matching"]

Parameters, _groups = build(__name__)
globals().update(_groups)  # so that they are found by name when parameters are unpickled
