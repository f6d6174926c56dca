"""Where sessions come from, and what can go wrong outside any one operation."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Generic, TypeVar

from qscope_store.contracts.grants import GrantTable
from qscope_store.contracts.tables import (
    AccessTokenTable,
    AuditLogTable,
    AuthorizationCodeTable,
    ClientConfigTable,
    ClientTable,
    ConsentTable,
    DeviceCodeTable,
    RateLimitTable,
    RefreshTokenTable,
    UsedProofTable,
    UserTable,
)
from qscope_store.models import AuditEvent

AuditListener = Callable[[AuditEvent], None]
"""Called with an audit row after its commit. It neither blocks nor raises."""

ConnectionT = TypeVar("ConnectionT")


class StorageError(Exception):
    """Base of what a storage raises. The text is for the operator and names what to do."""


class StorageUnavailable(StorageError):
    """The database is busy, full, read-only, gone, or out of connections; trying later may help.

    Whether a write that was under way took effect is not known; it is never retried automatically.
    """

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SchemaError(StorageError):
    """The database is missing, older or newer than this release, or not one of ours."""


class StoreSession(ABC, Generic[ConnectionT]):
    """The store as one request sees it. It is not shared between tasks."""

    ray_id: str
    clients: ClientTable
    client_configs: ClientConfigTable
    users: UserTable
    authorization_codes: AuthorizationCodeTable
    access_tokens: AccessTokenTable
    refresh_tokens: RefreshTokenTable
    device_codes: DeviceCodeTable
    consents: ConsentTable
    rate_limits: RateLimitTable
    used_proofs: UsedProofTable
    audit_log: AuditLogTable
    grants: GrantTable

    @abstractmethod
    async def connection(self) -> ConnectionT:
        """A connection of the driver for the application's own statements, the same at every call.

        It is leased at the first call and belongs to this session. When the session ends well its
        transaction is committed, on an error or cancellation it is rolled back; in each case it
        goes back clean. Raises `StorageUnavailable` when none is free in time.
        """

    @abstractmethod
    async def commit(self) -> None:
        """Commit what was done on the leased connection so far; nothing without one.

        A plugin calls it before it sends the response, so that a response never precedes its
        commit. Later statements begin a new transaction. Raises `StorageUnavailable`.
        """

    @abstractmethod
    async def rollback(self) -> None:
        """Undo what the leased connection did since the last commit; nothing without one."""

    def unavailable(self, error: BaseException) -> StorageUnavailable | None:
        """What an error of the application's own statement says about the database.

        None when it says nothing: a mistake of the application, or no error of the driver. For
        frameworks that respond to errors before the session ends, which would raise the same.
        """
        return None


class Storage(ABC, Generic[ConnectionT]):
    """A database that holds the store. Made by URL or by hand, opened in the app's lifespan."""

    several_processes: ClassVar[bool]
    """Whether several processes may use the same database at once."""
    durable: ClassVar[bool]
    """Whether what was acknowledged survives the process and the machine's power."""
    replicas: ClassVar[bool] = False
    """Whether each process holds its own copy, all of them in step with one primary."""

    @abstractmethod
    async def open(self) -> None:
        """Connect, and check the schema.

        Raises `SchemaError` with the command to run when the schema is missing, older or newer,
        `StorageUnavailable` when the database cannot be reached.
        """

    @abstractmethod
    async def close(self) -> None:
        """Finish what is under way and disconnect. Closing twice is allowed."""

    @abstractmethod
    def session(self, ray_id: str) -> AbstractAsyncContextManager[StoreSession[ConnectionT]]:
        """The scope of one request."""

    @abstractmethod
    def subscribe(self, listener: AuditListener) -> None:
        """Call `listener` with every audit row that this object writes, after its commit.

        In the order of the commits, and in this process only. When the caller of a write is
        cancelled during the commit, the listener is not called; the audit log has the row.
        """

    @abstractmethod
    async def check(self) -> None:
        """Run a trivial read and see that a write could begin. Raises `StorageUnavailable`."""

    @abstractmethod
    async def upgrade(self) -> tuple[int, int]:
        """Bring the schema to this release; return the version before (0: none) and after.

        The storage need not be open. Two processes that upgrade at once apply each step once.
        Raises `SchemaError` when the database is newer, or not one of ours.
        """
