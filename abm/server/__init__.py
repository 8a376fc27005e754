"""The server: watch the market month by month, change the law, see the difference; `abm serve` starts it.

Modules that need no page (setup, live, picture, charts, tables, work, guard) know nothing of Solara.
"""
