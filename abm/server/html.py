"""HTML and SVG from the templates of this folder; whatever is put into one is escaped."""

from typing import Any

from abm.figures.report import templates


def render(template: str, **values: Any) -> str:
    """A template of `abm/server/templates` filled in."""
    return templates("abm.server").get_template(template).render(values)
