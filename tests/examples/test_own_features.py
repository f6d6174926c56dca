"""The examples of docs/how-to/add-a-feature.md, each in a running application."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from qscope_integrations import (
    ConfigurationError,
    Endpoint,
    Extension,
    Feature,
    GrantSpec,
    Operation,
    ServerParts,
)
from tests.examples.own_features.check import ConfidentialScopes
from tests.examples.own_features.endpoint import ClientInfo
from tests.examples.own_features.grant_extension import JobMachines
from tests.examples.own_features.token_exchange import TokenExchange, TokenExchangeGrant
from tests.host import (
    Host,
    RegisteredClient,
    make_config,
    redirect_parameters,
    running_host,
    with_features,
)

pytestmark = pytest.mark.anyio

EXCHANGE = with_features(TokenExchange())


async def exchanging_client(host: Host, **changes: Any) -> RegisteredClient:
    grants = (TokenExchangeGrant.GRANT_TYPE, "refresh_token")
    return await host.register(grant_types=grants, redirect_uris=(), **changes)


async def test_a_registered_grant_issues_tokens_with_a_grant_of_their_own(tmp_path: Path) -> None:
    """RFC 6749 section 4.5; what comes of the exchange can be refreshed and revoked."""
    async with running_host(tmp_path / "a.db", **EXCHANGE) as host:
        subject = await host.tokens(await host.register())
        service = await exchanging_client(host)

        answer = await host.token(
            service,
            grant_type=TokenExchangeGrant.GRANT_TYPE,
            subject_token=subject["access_token"],
            scope="profile",
        )

        tokens = answer.json()
        claims = await host.introspect(service, tokens["access_token"])
        assert (claims["sub"], claims["scope"]) == ("alice", "profile")
        assert (await host.refresh(service, tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"subject_token": "unknown"}, "invalid_grant"),
        ({"subject_token": None, "scope": "admin"}, "invalid_scope"),
        ({"scope": "notes:read"}, "invalid_scope"),
        ({"resource": "nonsense"}, "invalid_target"),
    ],
)
async def test_a_registered_grant_refuses_like_a_built_in_one(
    tmp_path: Path, form: dict[str, Any], error: str
) -> None:
    """RFC 6749 section 5.2."""
    async with running_host(tmp_path / "a.db", **EXCHANGE) as host:
        subject = await host.tokens(await host.register(), scope="profile")
        if "scope" in form or "resource" in form:
            form = {"subject_token": subject["access_token"]} | form

        answer = await host.token(
            await exchanging_client(host), grant_type=TokenExchangeGrant.GRANT_TYPE, **form
        )

        assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_user_disabled_here_gets_nothing_from_a_registered_grant(tmp_path: Path) -> None:
    """RFC 6749 section 5.2: the tokens would have been dead at once."""
    async with running_host(tmp_path / "a.db", **EXCHANGE) as host:
        subject = await host.tokens(await host.register())
        await host.set_user_active("alice", is_active=False)

        answer = await host.token(
            await exchanging_client(host),
            grant_type=TokenExchangeGrant.GRANT_TYPE,
            subject_token=subject["access_token"],
        )

        assert answer.json()["error"] == "invalid_grant"


async def test_a_client_without_the_registered_grant_is_unauthorized(tmp_path: Path) -> None:
    """RFC 6749 section 5.2."""
    async with running_host(tmp_path / "a.db", **EXCHANGE) as host:
        answer = await host.token(await host.register(), grant_type=TokenExchangeGrant.GRANT_TYPE)

        assert answer.json()["error"] == "unauthorized_client"


async def test_metadata_lists_the_registered_grant(tmp_path: Path) -> None:
    """RFC 8414 section 2."""
    async with running_host(tmp_path / "a.db", **EXCHANGE) as host:
        document = (await host.http.get("/.well-known/oauth-authorization-server")).json()

        assert TokenExchangeGrant.GRANT_TYPE in document["grant_types_supported"]


async def test_a_registered_endpoint_has_session_and_ray_id(tmp_path: Path) -> None:
    """With the server's own client authentication."""
    async with running_host(tmp_path / "a.db", **with_features(ClientInfo())) as host:
        client = await host.register()

        answer = await host.post("/oauth/client_info", client, detail="name")
        refused = await host.http.post("/oauth/client_info", data={"client_id": "nobody"})

        assert answer.json() == {"name": "Notes App", "ray_id": answer.headers["x-ray-id"]}
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_a_check_joins_the_authorization_endpoint(tmp_path: Path) -> None:
    """RFC 6749 section 4.1.2.1: its error goes to the client."""
    check = ConfidentialScopes(scopes=frozenset({"notes:read"}))
    async with running_host(tmp_path / "a.db", **with_features(check)) as host:
        public = await host.register(is_public=True)

        refused = await host.authorize(public)
        shown = await host.authorize(public, scope="profile")

        assert redirect_parameters(refused)["error"] == "invalid_scope"
        assert shown.status_code == 200


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("192.0.2.9", 400)])
async def test_an_extension_of_a_grant_refuses_before_tokens_are_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, address: str, status: int
) -> None:
    """The address that the test client sends from is the machine of the jobs, or another one."""
    caplog.set_level("INFO", "qscope")
    machines = JobMachines(addresses=frozenset({address}))
    async with running_host(tmp_path / "a.db", **with_features(machines)) as host:
        client = await host.register(grant_types=("client_credentials",), redirect_uris=())

        response = await host.token(client, grant_type="client_credentials")

        assert response.status_code == status
        assert ("is not a machine for jobs" in caplog.text) == (status == 400)
        assert "machine" not in response.text


class Watching(Feature):
    """Hooks on a grant of another feature."""

    name = "watching"

    def __init__(self) -> None:
        self.seen: list[int] = []

    def grant_extensions(self) -> Mapping[str, Sequence[Extension]]:
        def extend(grant: Any) -> None:
            for number in range(20):
                grant.register_hook(
                    "after_create_token_response",
                    lambda *_, number=number: self.seen.append(number),
                )

        return {"client_credentials": (extend,)}


async def test_extensions_of_a_grant_run_in_the_order_of_their_registration(
    tmp_path: Path,
) -> None:
    """Authlib keeps hooks in a set, in no order."""
    watching = Watching()
    async with running_host(tmp_path / "a.db", **with_features(watching)) as host:
        client = await host.register(grant_types=("client_credentials",), redirect_uris=())
        await host.token(client, grant_type="client_credentials")

    assert watching.seen == list(range(20))


class HidingGrant(TokenExchangeGrant):
    """Would hide a built-in grant."""

    GRANT_TYPE = "refresh_token"


class Hiding(Feature):
    """Serves a grant type that is served already."""

    name = "hiding"

    def grants(self) -> Iterable[GrantSpec]:
        yield GrantSpec(grant=HidingGrant)


class Lost(Feature):
    """Extends a grant that is not there."""

    name = "lost"

    def grant_extensions(self) -> Mapping[str, Sequence[Extension]]:
        return {"implicit": (lambda grant: None,)}


class Occupying(Feature):
    """Serves a path that is served already."""

    name = "occupying"

    def endpoints(self, server: ServerParts) -> Iterable[Endpoint]:
        yield Endpoint(
            name="mine",
            path=server.settings.endpoint_path("token"),
            handle=_never,
            operations=(Operation(method="POST", name="mine"),),
        )


async def _never(_: object) -> Any:
    raise AssertionError


NOT_A_FEATURE: Any = Hiding


@pytest.mark.parametrize(
    ("feature", "named"),
    [(Hiding(), "refresh_token"), (Lost(), "implicit"), (NOT_A_FEATURE, "not a feature")],
)
def test_features_that_cannot_work_are_refused_at_once(feature: Feature, named: str) -> None:
    """When the configuration is made, with the name of what is wrong."""
    with pytest.raises(ConfigurationError, match=named):
        make_config(**with_features(feature))


async def test_two_endpoints_of_one_path_are_refused(tmp_path: Path) -> None:
    """One of them would never be called."""
    with pytest.raises(ConfigurationError, match="token and mine"):
        async with running_host(tmp_path / "a.db", **with_features(Occupying())):
            pass
