"""The contract test kit over the in-memory model."""

import pytest

from qscope_store.testing import StoreContract
from tests.contract.model import MemoryStorage


class TestMemory(StoreContract):
    """The model to which real backends are compared fulfils the contract itself."""

    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage()
