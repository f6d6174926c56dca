"""Grants and their transitions in SQL.

Each transition is one generator in one of the modules here, which is the contract's method as well.
One statement, its compare-and-set, decides it; only when that finds nothing does another one ask
why. What issues tokens to a user locks the user first, where a database runs units side by side.
"""

from typing import ClassVar

from qscope_store.contracts import GrantTable
from qscope_store.models import Grant
from qscope_store.sql.grants.devices import DeviceTransitions
from qscope_store.sql.grants.issuing import IssuingTransitions
from qscope_store.sql.grants.pruning import PruningTransitions
from qscope_store.sql.grants.redeeming import RedeemingTransitions
from qscope_store.sql.grants.revoking import RevokingTransitions
from qscope_store.sql.table import SqlTable


class OAuthGrantStore(
    IssuingTransitions,
    RedeemingTransitions,
    DeviceTransitions,
    RevokingTransitions,
    PruningTransitions,
    SqlTable[Grant],
    GrantTable,
):
    """`oauth_grants`, and the transitions."""

    row_type: ClassVar = Grant


__all__ = ["OAuthGrantStore"]
