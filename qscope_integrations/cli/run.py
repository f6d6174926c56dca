"""Run one command: choose its database, take the time, and report its errors."""

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import rich_click as click

from qscope_integrations.cli.output import CommandError, Output, Rows, print_output
from qscope_integrations.core.clients.fields import RegistrationError
from qscope_integrations.core.server.config import QScopeConfig
from qscope_store.contracts import Storage, StorageError, StoreSession
from qscope_store.models import AuditEvent, AuditEventType, ClientKey, Stamp, new_id
from qscope_store.result import FailedResult, Result
from qscope_store.url import storage_from_url

T = TypeVar("T")
CREATED_BY = "cli"


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """The URL from before the subcommand or from the environment."""

    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenServer:
    """The server of the application that runs the command, or the one that `--config` names."""

    config: QScopeConfig
    storage: Storage[Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a command works with: a session, the ray id and the time."""

    session: StoreSession[Any]
    ray_id: str
    now: int = field(default_factory=lambda: int(time.time()))

    def audit(
        self,
        event_type: AuditEventType,
        subject: str,
        *,
        client_id: ClientKey | None = None,
        user_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> AuditEvent:
        """The audit row that goes with a change."""
        return AuditEvent(
            event_type=event_type,
            subject=subject,
            client_id=client_id,
            user_id=user_id,
            ray_id=self.ray_id,
            metadata=metadata or {},
            stamp=Stamp.new(self.now, CREATED_BY),
        )


def need(result: Result[T], otherwise: str | None = None) -> T:
    """The value of a result. Raises `CommandError` for a failure, with this text or the store's."""
    if isinstance(result, FailedResult):
        raise CommandError(otherwise or result.client_message)
    return result.client_message


def with_storage(command: Callable[..., Awaitable[Output]]) -> Callable[..., None]:
    """Add `--database-url` and `--json`, pass the storage unopened, and print the result."""

    def run(
        context: click.Context, /, *, database_url: str | None, as_json: bool, **arguments: Any
    ) -> None:
        storage = _storage(context, database_url)
        _run(context, command(storage, **arguments), as_json=as_json)

    functools.update_wrapper(run, command)
    url = click.option("--database-url", help="URL of the database, such as sqlite:///var/demo.db.")
    return url(_json(click.pass_context(run)))


def without_storage(command: Callable[..., Awaitable[Output]]) -> Callable[..., None]:
    """Add `--json` and print the result; the command chooses its databases itself, if any."""

    def run(context: click.Context, /, *, as_json: bool, **arguments: Any) -> None:
        _run(context, command(**arguments), as_json=as_json)

    functools.update_wrapper(run, command)
    return _json(click.pass_context(run))


def _json(run: Callable[..., None]) -> Callable[..., None]:
    option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    return option(run)


def _run(context: click.Context, command: Awaitable[Output], *, as_json: bool) -> None:
    try:
        output = asyncio.run(_awaited(command))
    except (StorageError, RegistrationError) as error:
        raise CommandError(str(error)) from None
    try:
        print_output(output, as_json=as_json)
    except BrokenPipeError:
        context.exit(1)  # a reader such as `head` has seen enough
    if isinstance(output, Rows):
        context.exit(output.exit_code)


def with_store(command: Callable[..., Awaitable[Output]]) -> Callable[..., None]:
    """Like `with_storage`, but open the storage and pass the `Work` of one session."""

    @with_storage
    @functools.wraps(command)
    async def run(storage: Storage[Any], **arguments: Any) -> Output:
        async with opened(storage) as work:
            return await command(work, **arguments)

    return run


@asynccontextmanager
async def opened(storage: Storage[Any]) -> AsyncIterator[Work]:
    """Open the storage for one session. Raises `StorageError`."""
    await storage.open()
    try:
        ray_id = new_id()
        async with storage.session(ray_id) as session:
            yield Work(session=session, ray_id=ray_id)
    finally:
        await storage.close()


async def _awaited(command: Awaitable[Output]) -> Output:
    return await command


def _storage(context: click.Context, database_url: str | None) -> Storage[Any]:
    given = context.find_object(GivenServer)
    if given is not None and given.storage is not None and database_url is None:
        return given.storage
    before = context.find_object(DatabaseUrl)
    url = database_url or (before.value if before else None)
    if not url:
        raise click.UsageError(
            "No database: use --database-url sqlite:///var/demo.db, or set QSCOPE_DATABASE_URL.",
            ctx=context,
        )
    try:
        return storage_from_url(url)
    except ValueError as error:
        raise click.UsageError(str(error), ctx=context) from None
