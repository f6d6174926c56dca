"""The contract test kit over the in-memory model."""

import pytest

from qscope_store.testing import StoreContract
from tests.contract.model import MemoryStorage


class TestMemory(StoreContract):
    """The model that real backends are compared with keeps the contract itself."""

    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage()
