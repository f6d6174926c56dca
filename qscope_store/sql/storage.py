"""What every SQL backend does in the same way: the storage, and the session of one request."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Generic, Protocol, Self, TypeVar

from qscope_store.contracts import AuditListener, Storage, StorageUnavailable, StoreSession
from qscope_store.models import AuditEvent
from qscope_store.queries import rows, schema_version
from qscope_store.sql.grants import OAuthGrantStore
from qscope_store.sql.mapping import mapping
from qscope_store.sql.stores import STORES
from qscope_store.sql.table import SqlTable
from qscope_store.sql.tokens import OAuthAccessTokenStore, OAuthRefreshTokenStore
from qscope_store.sql.units import Executor, Run, Steps, Unit, Values, one
from qscope_store.tables import SPECS

T = TypeVar("T")
ConnectionT = TypeVar("ConnectionT")
ConnectionT_co = TypeVar("ConnectionT_co", covariant=True)

_STORES: Final[tuple[type[SqlTable[Any]], ...]] = (
    *STORES,
    OAuthGrantStore,
    OAuthRefreshTokenStore,
    OAuthAccessTokenStore,
)


class Lease(Protocol[ConnectionT_co]):
    """A connection for the application's own statements, in the hands of one session.

    Each method raises `StorageUnavailable`.
    """

    @property
    def connection(self) -> ConnectionT_co:
        """The driver's connection."""
        ...

    async def commit(self) -> None:
        """Commit what was done so far; later statements begin a new transaction."""
        ...

    async def rollback(self) -> None:
        """Undo what was done since the last commit."""
        ...

    async def give_back(self, *, commit: bool) -> None:
        """Commit or roll back, and make the connection free, whatever happens to the caller."""
        ...


@dataclass(frozen=True, slots=True)
class Connected(Generic[ConnectionT]):
    """An open database."""

    executor: Executor
    lease: Callable[[], Awaitable[Lease[ConnectionT]]]
    """Lends a connection. Raises `StorageUnavailable` when none is free in time."""


class SqlStorage(Storage[ConnectionT]):
    """A database that runs units of work.

    A backend says how to connect, and what an error of its driver means.
    """

    def __init__(self) -> None:
        self._connected: Connected[ConnectionT] | None = None
        self._parts = AsyncExitStack()
        self._listeners: list[AuditListener] = []
        # They keep nothing of a request, so all requests share them.
        self.tables = {SPECS[store.row_type].name: store(self) for store in _STORES}

    @abstractmethod
    async def connect(self, parts: AsyncExitStack) -> Connected[ConnectionT]:
        """Check the schema, and connect; `parts` takes what has to be closed, in its order.

        Raises as `Storage.open` does.
        """

    @abstractmethod
    def unavailable(self, error: BaseException) -> StorageUnavailable | None:
        """See `StoreSession.unavailable`."""

    async def open(self) -> None:
        """See `Storage.open`. Opening twice is allowed."""
        if self._connected is not None:
            return
        async with AsyncExitStack() as parts:
            self._connected = await self.connect(parts)
            parts.callback(self._forget)
            await self.check()
            self._parts = parts.pop_all()

    async def close(self) -> None:
        """See `Storage.close`."""
        await self._parts.aclose()

    def session(self, ray_id: str) -> "SqlSession[ConnectionT]":
        """See `Storage.session`."""
        return SqlSession(ray_id, self)

    def subscribe(self, listener: AuditListener) -> None:
        """See `Storage.subscribe`."""
        self._listeners.append(listener)

    async def check(self) -> None:
        """See `Storage.check`."""
        await self.write(one(schema_version.GET))

    @property
    def connected(self) -> Connected[ConnectionT]:
        """What `connect` returned. Raises `StorageUnavailable` while the storage is not open."""
        if self._connected is None:
            raise StorageUnavailable("The storage is not open.")
        return self._connected

    async def read(self, unit: Unit[T]) -> T:
        """See `Executor.read`."""
        return await self.connected.executor.read(unit)

    async def write(self, unit: Unit[T]) -> T:
        """See `Executor.write`. Calls the listeners after the commit."""
        if not self._listeners:
            return await self.connected.executor.write(unit)
        recorded: list[Values] = []
        result = await self.connected.executor.write(lambda: _noting(unit, recorded))
        for values in recorded:
            event = mapping(AuditEvent).row(tuple(values.values()))
            for listener in self._listeners:
                listener(event)
        return result

    def _forget(self) -> None:
        self._connected = None


class SqlSession(StoreSession[ConnectionT]):
    """One request's view of a storage; `async with` it."""

    def __init__(self, ray_id: str, storage: SqlStorage[ConnectionT]) -> None:
        self.ray_id = ray_id
        self._storage = storage
        self._lease: Lease[ConnectionT] | None = None
        vars(self).update(storage.tables)

    async def connection(self) -> ConnectionT:
        """See `StoreSession.connection`, and the class of the storage."""
        if self._lease is None:
            self._lease = await self._storage.connected.lease()
        return self._lease.connection

    async def commit(self) -> None:
        """See `StoreSession.commit`."""
        if self._lease is not None:
            await self._lease.commit()

    async def rollback(self) -> None:
        """See `StoreSession.rollback`."""
        if self._lease is not None:
            await self._lease.rollback()

    def unavailable(self, error: BaseException) -> StorageUnavailable | None:
        """See `StoreSession.unavailable`."""
        return self._storage.unavailable(error)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the connection back.

        An error of the application's own statements that means a database out of reach becomes
        `StorageUnavailable`, so that the response is 503.
        """
        lease, self._lease = self._lease, None
        if lease is None:
            return
        await lease.give_back(commit=kind is None)
        reason = None if error is None else self.unavailable(error)
        if reason is not None:
            raise reason from error


def _noting(unit: Unit[T], recorded: list[Values]) -> Steps[T]:
    """The same steps; the audit rows among them are noted. A unit may be begun more than once."""
    recorded.clear()
    run = Run(unit)
    while run.step is not None:
        statement, values = run.step
        if statement is rows.INSERT[AuditEvent]:
            recorded.append(values)
        run.feed((yield run.step))
    return run.result
