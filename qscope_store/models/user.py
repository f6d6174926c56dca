"""The reference to a user of the host application."""

from dataclasses import dataclass

from qscope_store.models._row import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Row):
    """Stands for one user of the host; the host keeps names and passwords."""

    external_id: str
    """The host's own key of the user; the `sub` of introspection. Unique."""
    is_active: bool = True
    """False makes every code and token of the user invalid at once."""
