"""Each request has one ray id, in its response, the audit log and the log lines."""

import sqlite3
from contextlib import closing

import pytest

from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "path", ["/oauth/authorize", "/oauth/device", "/oauth/token", "/oauth/token/", "/api/me"]
)
@pytest.mark.parametrize(
    ("sent", "is_kept"), [("a-ray-of-light", True), (None, False), ("<script>", False)]
)
async def test_a_response_has_one_ray_id(
    host: Host, path: str, sent: str | None, is_kept: bool
) -> None:
    """It is the caller's if that is well formed, on pages as well."""
    response = await host.http.get(path, headers={"x-ray-id": sent} if sent else {})

    (ray_id,) = response.headers.get_list("x-ray-id")
    assert (ray_id == sent) is is_kept


async def test_the_ray_id_of_a_consent_is_that_of_its_audit_row(
    host: Host, client: RegisteredClient
) -> None:
    """The response leads to the audit row."""
    response = await host.decide(await host.authorize(client))

    with closing(sqlite3.connect(host.database)) as connection:
        rows = connection.execute(
            "SELECT ray_id FROM oauth_audit_log WHERE event_type = 'code_issued'"
        ).fetchall()
    assert rows == [(response.headers["x-ray-id"],)]
