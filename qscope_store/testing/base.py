"""What all parts of the kit share: fixtures, and short ways to say what is expected."""

from collections.abc import AsyncIterator
from typing import Any, TypeVar

import pytest

from qscope_store.contracts import Storage, StoreSession
from qscope_store.models import (
    AuditEvent,
    AuditEventType,
    AuthorizationCode,
    ClientRegistration,
    Consent,
    Grant,
    IssuedTokens,
)
from qscope_store.result import ErrorCode, FailedResult, Result, SuccessResult
from qscope_store.testing.rows import NOW, RAY, Party, client, client_config, user

T = TypeVar("T")


def good(result: Result[T]) -> T:
    """What a success returns; fails the test on anything else."""
    match result:
        case SuccessResult(ray_id=ray_id, client_message=value):
            assert ray_id == RAY, "a result carries the ray id of its call"
            assert result.status is True
            return value
        case FailedResult():
            pytest.fail(f"expected a success, got {result}")


def why(result: Result[Any]) -> ErrorCode:
    """The code of a failure; fails the test on anything else."""
    match result:
        case FailedResult(ray_id=ray_id, error_code=error_code):
            assert ray_id == RAY, "a result carries the ray id of its call"
            assert result.status is False
            assert result.client_message
            return error_code
        case SuccessResult():
            pytest.fail(f"expected a failure, got {result}")


class ContractBase:
    """Fixtures that every test of the kit may use."""

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def anyio_backend(self) -> str:
        """The kit runs on asyncio."""
        return "asyncio"

    @pytest.fixture
    def storage(self) -> Storage[Any]:
        """An open, empty storage of the backend under test; a subclass overrides it."""
        pytest.fail("override the fixture `storage` with an open storage of your backend")

    @pytest.fixture
    async def session(self, storage: Storage[Any]) -> AsyncIterator[StoreSession[Any]]:
        """One request's view of the storage."""
        async with storage.session(RAY) as session:
            yield session

    @pytest.fixture
    async def party(self, session: StoreSession[Any]) -> Party:
        """A registered client with its configuration, and a user."""
        return await make_party(session)


async def make_party(session: StoreSession[Any]) -> Party:
    """Register a further client and add a user."""
    owner = client()
    party = Party(client=owner, config=client_config(owner), user=user())
    good(
        await session.clients.register(
            ClientRegistration(client=party.client, config=party.config),
            audit=party.audit(AuditEventType.CLIENT_REGISTERED, subject=owner.id),
            ray_id=RAY,
        )
    )
    good(await session.users.insert(party.user, ray_id=RAY))
    return party


async def issue_code(
    session: StoreSession[Any], party: Party, **changes: Any
) -> tuple[Grant, AuthorizationCode]:
    """A grant and its fresh code."""
    grant = party.grant()
    code = party.code(grant, **changes)
    audit = party.audit(AuditEventType.CODE_ISSUED, subject=code.id)
    good(await session.grants.issue_code(grant, code, party.consent(), audit=audit, ray_id=RAY))
    return grant, code


async def issue_tokens(
    session: StoreSession[Any], party: Party, *, at: int = NOW, **changes: Any
) -> tuple[Grant, IssuedTokens]:
    """A new grant with an access and a refresh token."""
    grant = party.grant()
    issued = party.issued(grant, at=at, grant=grant, **changes)
    good(await session.grants.issue_tokens(issued, now=at, ray_id=RAY))
    return grant, issued


async def approve_device(session: StoreSession[Any], party: Party) -> tuple[Grant, str]:
    """An approved device authorization: its grant, and the device code's digest."""
    device = party.device_code()
    good(await session.device_codes.insert(device, ray_id=RAY))
    grant = party.grant(scopes=device.scopes)
    audit = party.audit(AuditEventType.DEVICE_APPROVED, subject=device.id)
    good(
        await session.grants.decide_device_code(device.id, grant, audit=audit, now=NOW, ray_id=RAY)
    )
    return grant, device.device_code


async def is_dead(session: StoreSession[Any], grant: Grant, *tokens: IssuedTokens) -> bool:
    """Whether a grant is revoked and none of the tokens is valid."""
    row = good(await session.grants.get_by_id(grant.id, ray_id=RAY))
    results: list[Result[Any]] = []
    for issued in tokens:
        access, refresh = issued.access_token, issued.refresh_token
        results.append(await session.access_tokens.get_active(access.token, now=NOW, ray_id=RAY))
        if refresh is not None:
            results.append(
                await session.refresh_tokens.get_active(refresh.token, now=NOW, ray_id=RAY)
            )
    return row.revoked_at is not None and not any(result.status for result in results)


async def consents(session: StoreSession[Any], party: Party) -> list[Consent]:
    """What the user of a party agreed to for its client."""
    owners = (party.client.id, party.user.id)
    page = good(await session.consents.list_after(None, limit=100, ray_id=RAY))
    return [row for row in page if (row.client_id, row.user_id) == owners]


async def events(session: StoreSession[Any]) -> list[AuditEvent]:
    """The audit log, in its order."""
    found: list[AuditEvent] = []
    while True:
        last = found[-1].id if found else None
        page = good(await session.audit_log.list_after(last, limit=200, ray_id=RAY))
        if not page:
            return found
        found.extend(page)


async def event_types(session: StoreSession[Any]) -> list[AuditEventType | str]:
    """What the audit log records, in its order."""
    return [event.event_type for event in await events(session)]
