"""Every SQL statement of the store, as named constants; one module for each table.

`rows` has those that every table has.
"""

from importlib import import_module
from pkgutil import iter_modules

from qscope_store.queries._statement import PARAMETER, Statement, all_statements

__all__ = ["PARAMETER", "Statement", "load_all", "render_all"]


def load_all() -> tuple[Statement, ...]:
    """Every statement there is, by name."""
    for module in iter_modules(__path__):
        if not module.name.startswith("_"):
            import_module(f"{__name__}.{module.name}")
    return tuple(all_statements())


def render_all() -> str:
    """Every statement with its name, as `docs/reference/queries.sql` shows them."""
    return "\n".join(f"-- {item.name}\n{item.sql};\n" for item in load_all())
