"""Events: an application subscribes to what the audit log records."""

import asyncio
import logging
from collections import Counter
from pathlib import Path

import pytest

from qscope_integrations.core.server import events
from qscope_store import AuditEvent, AuditEventType
from tests.host import Host, running_host

pytestmark = pytest.mark.anyio


class Listener:
    """A subscriber that stores the events it receives."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []

    async def __call__(self, event: AuditEvent) -> None:
        self.events.append(event)

    @property
    def types(self) -> list[AuditEventType]:
        return [event.event_type for event in self.events]


async def failing(event: AuditEvent) -> None:
    raise RuntimeError("the mail server is away")


async def hanging(event: AuditEvent) -> None:
    await asyncio.Event().wait()


async def logged(host: Host) -> list[AuditEvent]:
    async with host.storage.session("test-ray") as session:
        rows = await session.audit_log.list_after(None, limit=1000, ray_id="test-ray")
    assert rows.status
    return list(rows.client_message)


async def test_a_subscriber_receives_all_that_the_log_records(tmp_path: Path) -> None:
    """In order and as in the log, including side effects and replays."""
    listener = Listener()
    async with running_host(tmp_path / "a.db", subscribers=(listener,)) as host:
        client = await host.register(config={"max_active_refresh_tokens": 1})
        first = await host.tokens(client)
        await host.refresh(client, (await host.tokens(client))["refresh_token"])
        await host.refresh(client, first["refresh_token"])
        expected = await logged(host)

    assert listener.events == expected
    assert AuditEventType.LIMIT_EVICTED in listener.types
    assert AuditEventType.TOKEN_REFRESHED in listener.types


async def test_a_replay_is_reported_as_a_replay(tmp_path: Path) -> None:
    """The outcome of the transition counts, not the attempted operation."""
    listener = Listener()
    async with running_host(tmp_path / "a.db", subscribers=(listener,)) as host:
        client = await host.register()
        code = await host.code(client)
        await asyncio.gather(*(host.redeem(client, code) for _ in range(3)))

    counted = Counter(listener.types)
    assert counted[AuditEventType.TOKEN_ISSUED] == 1
    assert counted[AuditEventType.REPLAY_DETECTED] >= 1


async def test_an_event_holds_no_secret(tmp_path: Path) -> None:
    """It contains neither a token nor its digest."""
    listener = Listener()
    async with running_host(tmp_path / "a.db", subscribers=(listener,)) as host:
        tokens = await host.tokens(await host.register())

    assert tokens["access_token"] not in repr(listener.events)
    assert tokens["refresh_token"] not in repr(listener.events)


async def test_a_failing_subscriber_fails_no_request_and_no_other_subscriber(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, with the type of the event and the ray id."""
    listener = Listener()
    async with running_host(tmp_path / "a.db", subscribers=(failing, listener)) as host:
        response = await host.redeem(client := await host.register(), await host.code(client))
        assert response.status_code == 200

    assert AuditEventType.TOKEN_ISSUED in listener.types
    assert "subscriber_failed subscriber=failing event_type=token_issued" in caplog.text
    assert f"ray_id={response.headers['x-ray-id']}" in caplog.text
    assert response.json()["access_token"] not in caplog.text


async def test_a_hanging_subscriber_delays_no_request(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests never wait for it. At shutdown it has a bounded time, and is then cancelled."""
    monkeypatch.setattr(events, "SHUTDOWN_TIMEOUT_S", 0.05)
    listener = Listener()
    async with running_host(tmp_path / "a.db", subscribers=(hanging, listener)) as host:
        await host.tokens(await host.register())

    assert AuditEventType.TOKEN_ISSUED in listener.types
    assert "events_lost_at_shutdown count=2" in caplog.text


async def test_a_slow_subscriber_is_cancelled_and_receives_the_next_event(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subscriber has `CALL_TIMEOUT_S` at most for one event."""
    monkeypatch.setattr(events, "CALL_TIMEOUT_S", 0.01)
    async with running_host(tmp_path / "a.db", subscribers=(hanging,)) as host:
        await host.tokens(await host.register())

    assert caplog.text.count("subscriber_failed subscriber=hanging") == 3
    assert "TimeoutError" in caplog.text


async def test_events_over_the_bound_are_dropped_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory use is bounded; the audit log contains all events."""
    monkeypatch.setattr(events, "QUEUE_SIZE", 1)
    monkeypatch.setattr(events, "SHUTDOWN_TIMEOUT_S", 0.05)
    async with running_host(tmp_path / "a.db", subscribers=(hanging,)) as host:
        await host.tokens(await host.register())

        assert len(await logged(host)) == 3

    drops = [record for record in caplog.records if "event_dropped" in record.getMessage()]
    assert [record.levelno for record in drops] == [logging.WARNING]


async def test_what_is_not_committed_is_not_published(tmp_path: Path) -> None:
    """A refused registration leaves no row and no event."""
    listener = Listener()
    async with running_host(tmp_path / "a.db", subscribers=(listener,)) as host:
        await host.register(client_id="taken")
        with pytest.raises(AssertionError, match="CONFLICT"):
            await host.register(client_id="taken")

    assert listener.types == [AuditEventType.CLIENT_REGISTERED]
