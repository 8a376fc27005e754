"""HTML and SVG from the templates of this folder; whatever is put into one is escaped."""

from functools import lru_cache
from typing import Any

import jinja2


@lru_cache(1)
def _templates() -> jinja2.Environment:
    loader = jinja2.PackageLoader("abm.server")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)  # fmt: skip


def render(template: str, **values: Any) -> str:
    """A template of `abm/server/templates` filled in."""
    return _templates().get_template(template).render(values)
