"""Create the golden file of this release."""

import asyncio

from qscope_store.schema import SCHEMA_VERSION
from qscope_store.sqlite import SQLiteStorage
from tests.stores.golden import GOLDEN, fill


async def main() -> None:
    path = GOLDEN / f"schema-{SCHEMA_VERSION}.db"
    path.unlink(missing_ok=True)
    storage = SQLiteStorage(path)
    await storage.upgrade()
    await storage.open()
    await fill(storage)
    await storage.close()


asyncio.run(main())
