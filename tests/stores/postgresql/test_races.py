"""Races for one credential by four processes on one PostgreSQL."""

import pytest

from qscope_store.postgresql import PostgreSQLStorage
from tests.stores.racing import race_in_processes

pytestmark = pytest.mark.anyio

# On a busy machine 50 callers that wait for each other may take long, which is acceptable here.
PATIENT = "&acquire_timeout_s=60&command_timeout_s=60"


async def test_four_processes_have_one_winner(url: str, storage: PostgreSQLStorage) -> None:
    """Three rounds of every kind of race."""
    await race_in_processes([url + PATIENT] * 4, storage, rounds=3, callers=50)


@pytest.mark.long
async def test_four_processes_have_one_winner_for_long(
    url: str, storage: PostgreSQLStorage
) -> None:
    """A thousand rounds: 167 of each of the six kinds."""
    await race_in_processes([url + PATIENT] * 4, storage, rounds=167, callers=50)
