"""The contract test kit: what any backend of the store has to pass.

Subclass `StoreContract` in a test module, with a fixture for an open storage:

    class TestMyStorage(StoreContract):
        @pytest.fixture
        async def storage(self) -> AsyncIterator[Storage[Any]]:
            storage = MyStorage()
            await storage.upgrade()
            await storage.open()
            yield storage
            await storage.close()

It needs pytest and anyio (`pip install qscope[testing]`). Every test gets a new, empty storage.
"""

from pkgutil import iter_modules

import pytest

# Before the modules with the assertions are imported, so that they explain themselves.
pytest.register_assert_rewrite(*(f"{__name__}.{module.name}" for module in iter_modules(__path__)))

from qscope_store.testing.contract import StoreContract  # noqa: E402

__all__ = ["StoreContract"]
