"""RFC 6749 section 4.3 and RFC 9700 section 2.4: the password grant, if enabled."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from qscope_integrations import (
    ConfigurationError,
    HostUser,
    HttpRequest,
    Password,
    PasswordUserAdapter,
)
from tests.host import (
    CookieUsers,
    Host,
    RegisteredClient,
    make_config,
    running_host,
    with_features,
)

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:The password grant:DeprecationWarning"),
]


class PasswordUsers(CookieUsers, PasswordUserAdapter):
    """One user with a password."""

    async def check_password(
        self, request: HttpRequest, username: str, password: str
    ) -> HostUser | None:
        is_alice = (username, password) == ("alice", "wönderland")
        return HostUser(external_id="alice", display_name="Alice") if is_alice else None


@pytest.fixture
async def opted_in(tmp_path: Path) -> AsyncIterator[Host]:
    with pytest.warns(DeprecationWarning, match="RFC 9700 section 2.4"):
        make_config(**with_features(Password(users=PasswordUsers())))
    async with running_host(
        tmp_path / "password.db", **with_features(Password(users=PasswordUsers()))
    ) as host:
        yield host


@pytest.fixture
async def app(opted_in: Host) -> RegisteredClient:
    return await opted_in.register(grant_types=("password", "refresh_token"), redirect_uris=())


async def ask(host: Host, client: RegisteredClient, **form: Any) -> httpx2.Response:
    fields = {"grant_type": "password", "username": "alice", "password": "wönderland"}
    return await host.token(client, **(fields | form))


async def test_off_it_is_unsupported(host: Host) -> None:
    """RFC 9700 section 2.4: it must not be used, so it is off by default."""
    client = await host.register(grant_types=("password",), redirect_uris=())

    response = await ask(host, client)

    assert response.json()["error"] == "unsupported_grant_type"


async def test_the_right_password_is_exchanged_for_tokens_of_a_new_grant(
    opted_in: Host, app: RegisteredClient
) -> None:
    """Section 4.3.3."""
    tokens = (await ask(opted_in, app, scope="profile")).json()

    claims = await opted_in.introspect(app, tokens["access_token"])
    assert (claims["sub"], claims["scope"]) == ("alice", "profile")
    assert (await opted_in.refresh(app, tokens["refresh_token"])).status_code == 200


async def test_revoking_the_refresh_token_ends_the_access_token(
    opted_in: Host, app: RegisteredClient
) -> None:
    """RFC 7009 section 2.1: both belong to the same grant."""
    tokens = (await ask(opted_in, app)).json()

    await opted_in.post("/oauth/revoke", app, token=tokens["refresh_token"])

    assert await opted_in.introspect(app, tokens["access_token"]) == {"active": False}


@pytest.mark.parametrize("form", [{"password": "wrong"}, {"username": "bob"}])
async def test_unknown_user_and_wrong_password_have_the_same_response(
    opted_in: Host, app: RegisteredClient, form: dict[str, str]
) -> None:
    """Section 5.2: invalid_grant; the response does not reveal which names exist."""
    response = await ask(opted_in, app, **form)

    assert response.status_code == 400
    assert response.json() == {
        "error": "invalid_grant",
        "error_description": "The user name or the password is wrong.",
    }


@pytest.mark.parametrize("form", [{"username": None}, {"password": None}, {"password": ""}])
async def test_a_missing_name_or_password_is_invalid_request(
    opted_in: Host, app: RegisteredClient, form: dict[str, str | None]
) -> None:
    """Section 4.3.2."""
    assert (await ask(opted_in, app, **form)).json()["error"] == "invalid_request"


async def test_the_client_must_authenticate(opted_in: Host, app: RegisteredClient) -> None:
    """Section 4.3.2."""
    response = await opted_in.http.post(
        "/oauth/token",
        data={"grant_type": "password", "username": "alice", "password": "wönderland"},
    )

    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_a_client_without_the_grant_is_unauthorized(opted_in: Host) -> None:
    """Section 5.2."""
    response = await ask(opted_in, await opted_in.register())

    assert response.json()["error"] == "unauthorized_client"


async def test_users_without_passwords_cannot_be_configured() -> None:
    """The error names the setting."""
    users: Any = CookieUsers()
    with pytest.raises(ConfigurationError, match="PasswordUserAdapter"):
        make_config(**with_features(Password(users=users)))


async def test_guessing_passwords_is_limited(opted_in: Host, app: RegisteredClient) -> None:
    """Section 4.3.2 and 10.10: of many sent simultaneously, at most ten are checked."""
    guesses = [ask(opted_in, app, password=str(number)) for number in range(20)]

    statuses = Counter(response.status_code for response in await asyncio.gather(*guesses))
    right = await ask(opted_in, app)
    somebody_else = await ask(opted_in, app, username="bob")

    assert statuses == {400: 10, 429: 10}
    assert right.status_code == 429
    assert right.json()["error"] == "temporarily_unavailable"
    assert 0 < int(right.headers["retry-after"]) <= 600
    assert somebody_else.status_code == 400


async def test_a_right_password_resets_the_count(opted_in: Host, app: RegisteredClient) -> None:
    """Section 4.3.2: guessing is limited, frequent sign-ins are not."""
    statuses = []
    for _ in range(2):
        statuses += [(await ask(opted_in, app, password="no")).status_code for _ in range(9)]
        statuses.append((await ask(opted_in, app)).status_code)

    assert statuses == [*[400] * 9, 200] * 2


async def test_the_limit_of_passwords_can_be_switched_off(tmp_path: Path) -> None:
    """For deployments with a limit elsewhere."""
    async with running_host(
        tmp_path / "password.db", limits=None, **with_features(Password(users=PasswordUsers()))
    ) as host:
        app = await host.register(grant_types=("password",), redirect_uris=())

        answers = [await ask(host, app, password="no") for _ in range(12)]

    assert {response.status_code for response in answers} == {400}
