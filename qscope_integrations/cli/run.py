"""Running one command: which database, what time, and how an error ends it."""

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import rich_click as click

from qscope_integrations.cli.output import Answer, CommandError, Rows, print_answer
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
    """What stands before the subcommand, or in the environment."""

    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAtHand:
    """The server whose application runs the command, or that the command line names."""

    config: QScopeConfig
    storage: Storage[Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a command works with."""

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
    """What the store gave; a `CommandError`, with this text or the store's own, if it did not."""
    if isinstance(result, FailedResult):
        raise CommandError(otherwise or result.client_message)
    return result.client_message


def with_storage(command: Callable[..., Awaitable[Answer]]) -> Callable[..., None]:
    """Add `--database-url` and `--json`; call with the storage, not opened; print the answer."""

    def run(
        context: click.Context, /, *, database_url: str | None, as_json: bool, **arguments: Any
    ) -> None:
        storage = _storage(context, database_url)
        _answer(context, command(storage, **arguments), as_json=as_json)

    functools.update_wrapper(run, command)
    url = click.option("--database-url", help="The database, like sqlite:///var/demo.db.")
    return url(_json(click.pass_context(run)))


def without_storage(command: Callable[..., Awaitable[Answer]]) -> Callable[..., None]:
    """Add `--json` alone, for a command that says by itself which databases; print the answer."""

    def run(context: click.Context, /, *, as_json: bool, **arguments: Any) -> None:
        _answer(context, command(**arguments), as_json=as_json)

    functools.update_wrapper(run, command)
    return _json(click.pass_context(run))


def _json(run: Callable[..., None]) -> Callable[..., None]:
    option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    return option(run)


def _answer(context: click.Context, command: Awaitable[Answer], *, as_json: bool) -> None:
    try:
        answer = asyncio.run(_awaited(command))
    except (StorageError, RegistrationError) as error:
        raise CommandError(str(error)) from None
    try:
        print_answer(answer, as_json=as_json)
    except BrokenPipeError:
        context.exit(1)  # as `head` leaves when it has seen enough
    if isinstance(answer, Rows):
        context.exit(answer.exit_code)


def with_store(command: Callable[..., Awaitable[Answer]]) -> Callable[..., None]:
    """As `with_storage`, but open it and call with the `Work` of one session."""

    @with_storage
    @functools.wraps(command)
    async def run(storage: Storage[Any], **arguments: Any) -> Answer:
        async with opened(storage) as work:
            return await command(work, **arguments)

    return run


@asynccontextmanager
async def opened(storage: Storage[Any]) -> AsyncIterator[Work]:
    """The storage, open for one session. Raises `StorageError`."""
    await storage.open()
    try:
        ray_id = new_id()
        async with storage.session(ray_id) as session:
            yield Work(session=session, ray_id=ray_id)
    finally:
        await storage.close()


async def _awaited(answer: Awaitable[Answer]) -> Answer:
    return await answer


def _storage(context: click.Context, database_url: str | None) -> Storage[Any]:
    at_hand = context.find_object(ServerAtHand)
    if at_hand is not None and at_hand.storage is not None and database_url is None:
        return at_hand.storage
    before = context.find_object(DatabaseUrl)
    url = database_url or (before.value if before else None)
    if not url:
        raise click.UsageError(
            "Say which database: --database-url sqlite:///var/demo.db, or set QSCOPE_DATABASE_URL.",
            ctx=context,
        )
    try:
        return storage_from_url(url)
    except ValueError as error:
        raise click.UsageError(str(error), ctx=context) from None
