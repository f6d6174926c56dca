"""A feature that is not listed is gone, and everything else stays.

One server has every feature, another one all but one. What the second one lacks is compared with
`LOST`, where each feature states what only it brings.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from qscope_integrations import (
    AssertionIssuers,
    ClientMetadata,
    Feature,
    HostUser,
    HttpRequest,
    JwtBearer,
    OAuthClient,
    Password,
    PasswordUserAdapter,
    QScopeConfig,
    RefreshToken,
    RequestContext,
    default_features,
    new_registration,
)
from qscope_integrations.cli.doctor.clients import client_problems
from qscope_integrations.cli.doctor.settings import check_settings
from qscope_integrations.core.server.features import FEATURES, client_rules
from qscope_store import ClientRegistration, Storage
from qscope_store.sqlite import SQLiteStorage
from tests.frameworks.hosts import fastapi_host, litestar_host
from tests.host import CookieUsers, Host, host_app, make_config, running_host

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:The password grant:DeprecationWarning"),
]

METADATA: Final = "/.well-known/oauth-authorization-server"
DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class NoPasswords(CookieUsers, PasswordUserAdapter):
    """Knows no password."""

    async def check_password(
        self, request: HttpRequest, username: str, password: str
    ) -> HostUser | None:
        return None


class NoIssuers(AssertionIssuers):
    """Accepts no issuer."""

    async def issuer_keys(self, context: RequestContext, issuer: str) -> Mapping[str, Any] | None:
        return None

    async def find_user(
        self,
        context: RequestContext,
        client: OAuthClient,
        claims: Mapping[str, Any],
        scopes: tuple[str, ...],
    ) -> HostUser | None:
        return None


def every_feature() -> dict[str, Feature]:
    """By name; the settings are such that doctor finds something where it can."""
    features = (
        *default_features(),
        RefreshToken(reuse_leeway_s=60),
        Password(users=NoPasswords()),
        JwtBearer(issuers=NoIssuers()),
    )
    return {feature.name: feature for feature in features}


def without(name: str) -> list[Feature]:
    """All features but one."""
    return [feature for other, feature in every_feature().items() if other != name]


@pytest.fixture(params=[feature.name for feature in FEATURES])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def all_of(kind: str, *names: str) -> set[str]:
    return {f"{kind} {name}" for name in names}


def authenticated(endpoint: str) -> set[str]:
    """The metadata members of an endpoint at which clients authenticate."""
    methods = "endpoint_auth_methods_supported", "endpoint_auth_signing_alg_values_supported"
    return all_of("metadata", *(f"{endpoint}_{member}" for member in ("endpoint", *methods)))


LOST: Final[dict[str, set[str]]] = {
    "authorization_code": {
        *all_of("route", "/oauth/authorize"),
        *all_of(
            "metadata",
            "authorization_endpoint",
            "authorization_response_iss_parameter_supported",
            "code_challenge_methods_supported",
            "response_modes_supported",
            "response_types_supported: code",
        ),
        *all_of("grant", "authorization_code"),
        *all_of("operation", "authorize", "decide"),
        *all_of("token form", "code", "redirect_uri", "code_verifier"),
    },
    "refresh_token": {
        *all_of("grant", "refresh_token"),
        *all_of("token form", "refresh_token"),
    },
    "client_credentials": all_of("grant", "client_credentials"),
    "device": {
        *all_of("route", "/oauth/device", "/oauth/device_authorization"),
        *all_of("metadata", "device_authorization_endpoint"),
        *all_of("grant", DEVICE_GRANT),
        *all_of("operation", "device", "decide_device", "device_authorization"),
        *all_of("token form", "device_code"),
    },
    "introspection": {
        *all_of("route", "/oauth/introspect"),
        *authenticated("introspection"),
        *all_of("operation", "introspect"),
    },
    "revocation": {
        *all_of("route", "/oauth/revoke"),
        *authenticated("revocation"),
        *all_of("operation", "revoke"),
    },
    "password": {
        *all_of("grant", "password"),
        *all_of("token form", "username", "password"),
    },
    "jwt_bearer": {
        *all_of("grant", JWT_GRANT),
        *all_of("token form", "assertion"),
    },
}
"""What a server loses with a feature. `scope` and `resource` stay: several grants share them."""


def routes_of(app: Any) -> set[str]:
    """The paths of the server; Starlette has a second route for each, with a slash at the end."""
    paths = {getattr(route, "path", "").removesuffix("/") for route in app.routes}
    return {path for path in paths if path.startswith(("/oauth", "/.well-known"))}


def flattened(metadata: Mapping[str, Any]) -> Iterator[str]:
    """The members, and for required or shared lists their elements."""
    for member, value in metadata.items():
        if member == "grant_types_supported":
            yield from all_of("grant", *value)
        elif member == "response_types_supported":
            yield from all_of("metadata", *(f"{member}: {each}" for each in value))
        else:
            yield f"metadata {member}"


def operations(paths: Mapping[str, Any]) -> dict[str, Any]:
    """The operations by their id."""
    return {
        described["operationId"]: described
        for path in paths.values()
        for described in path.values()
    }


def form_of(operation: Mapping[str, Any]) -> set[str]:
    content = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
    return set(content["schema"]["properties"])


async def documents(host: Host) -> tuple[dict[str, Any], dict[str, Any]]:
    """Metadata and the operations of OpenAPI, over HTTP."""
    metadata = (await host.http.get(METADATA)).json()
    return metadata, operations((await host.http.get("/oauth/openapi.json")).json()["paths"])


def surface(app: Any, metadata: Mapping[str, Any], described: Mapping[str, Any]) -> set[str]:
    """All that a server offers, one line each."""
    token = form_of(described["token"])
    return {
        *all_of("route", *routes_of(app)),
        *flattened(metadata),
        *all_of("operation", *described),
        *all_of("token form", *token),
    }


async def test_documents_and_routes_lose_the_features_share_and_nothing_else(
    tmp_path: Path, name: str
) -> None:
    """Metadata (RFC 8414), OpenAPI, grants, form parameters and routes, over HTTP."""
    everything = list(every_feature().values())
    async with (
        running_host(tmp_path / "a.db", serves_openapi=True, features=everything) as whole,
        running_host(tmp_path / "b.db", serves_openapi=True, features=without(name)) as reduced,
    ):
        metadata, described = await documents(whole)
        less_metadata, less_described = await documents(reduced)

        before = surface(whole.app, metadata, described)
        after = surface(reduced.app, less_metadata, less_described)

    assert before - after == LOST[name]
    assert after - before == set()
    lists = {"grant_types_supported", "response_types_supported"}
    for member in less_metadata.keys() - lists:
        assert less_metadata[member] == metadata[member]
    for operation in less_described.keys() - {"token"}:
        assert less_described[operation] == described[operation]


async def test_what_is_gone_is_not_served(tmp_path: Path, name: str) -> None:
    """A path is not found; a grant is refused as unknown (RFC 6749 section 5.2)."""
    paths = [line.removeprefix("route ") for line in LOST[name] if line.startswith("route ")]
    grants = [line.removeprefix("grant ") for line in LOST[name] if line.startswith("grant ")]
    async with running_host(tmp_path / "a.db", features=without(name)) as host:
        client = await host.register()

        pages = [await host.http.get(path) for path in paths]
        tokens = [await host.token(client, grant_type=grant) for grant in grants]

    assert {answer.status_code for answer in pages} <= {404}
    assert {answer.json()["error"] for answer in tokens} <= {"unsupported_grant_type"}
    assert pages or tokens


async def test_no_refresh_token_is_issued_that_the_server_cannot_redeem(tmp_path: Path) -> None:
    """RFC 6749 section 5.1: issuing one is optional, and of no use without the grant."""
    async with running_host(tmp_path / "a.db", features=without("refresh_token")) as host:
        tokens = await host.tokens(await host.register())

    assert "access_token" in tokens
    assert "refresh_token" not in tokens


Build = Callable[[QScopeConfig, Storage[Any]], Any]
BUILD: Final[dict[str, Build]] = {
    "starlette": host_app,
    "fastapi": fastapi_host.build,
    "litestar": litestar_host.build,
}


def application(framework: str, features: Iterable[Feature], database: Path) -> Any:
    config = make_config(serves_openapi=True, features=features)
    return BUILD[framework](config, SQLiteStorage(database))


@pytest.mark.parametrize("framework", BUILD)
def test_every_framework_loses_the_same_routes(tmp_path: Path, framework: str, name: str) -> None:
    """And none of the application's own."""
    whole = application(framework, every_feature().values(), tmp_path / "a.db")
    reduced = application(framework, without(name), tmp_path / "a.db")

    assert all_of("route", *(routes_of(whole) - routes_of(reduced))) == {
        line for line in LOST[name] if line.startswith("route ")
    }
    assert routes_of(reduced) <= routes_of(whole)


def openapi_of(app: Any) -> dict[str, Any]:
    """The OpenAPI document of the application itself."""
    document: dict[str, Any] = (
        app.openapi() if hasattr(app, "openapi") else app.openapi_schema.to_schema()
    )
    return document


@pytest.mark.parametrize("framework", ["fastapi", "litestar"])
def test_the_security_scheme_of_the_application_loses_its_urls(
    tmp_path: Path, framework: str, name: str
) -> None:
    """Without the authorization code grant it is a bearer token; without refresh it has no URL."""
    whole = openapi_of(application(framework, every_feature().values(), tmp_path / "a.db"))
    reduced = openapi_of(application(framework, without(name), tmp_path / "a.db"))

    schemes = [
        document["components"].pop("securitySchemes")["oauth2"] for document in (whole, reduced)
    ]

    flow = schemes[0]["flows"]["authorizationCode"]
    assert {"authorizationUrl", "tokenUrl", "refreshUrl"} <= flow.keys()
    if name == "authorization_code":
        assert schemes[1] == {"type": "http", "scheme": "bearer"}
    else:
        if name == "refresh_token":
            del flow["refreshUrl"]
        assert schemes[1] == schemes[0]
    assert reduced == whole


WITH_FINDINGS: Final = {"refresh_token", "password"}
"""Features that report something about their settings in `every_feature`."""
WITH_CLIENT_FINDINGS: Final = {"authorization_code", "refresh_token", "introspection", "password"}
"""Features that report something about `worst_client`."""


def test_doctor_loses_the_findings_of_the_feature_and_no_other(name: str) -> None:
    """About the settings."""
    everything = make_config(features=every_feature().values())
    own = list(every_feature()[name].findings(everything.settings))

    before = list(check_settings(everything))
    after = list(check_settings(make_config(features=without(name))))

    assert [finding for finding in before if finding not in own] == after
    assert bool(own) == (name in WITH_FINDINGS)
    assert all(finding in before for finding in own)


def test_doctor_judges_a_client_by_the_features_that_are_listed(name: str) -> None:
    """About a client in which every feature finds something."""
    kinds = [type(feature) for feature in every_feature().values()]
    kept = [type(feature) for feature in without(name)]
    own = list(type(every_feature()[name]).client_findings(worst_client()))

    before = list(client_problems(worst_client(), kinds))
    after = list(client_problems(worst_client(), kept))

    assert [problem for problem in before if problem not in own] == after
    assert bool(own) == (name in WITH_CLIENT_FINDINGS)
    assert all(problem in before for problem in own)


def worst_client() -> ClientRegistration:
    metadata = ClientMetadata(
        client_name="App",
        grant_types=["authorization_code", "password"],
        redirect_uris=["http://127.0.0.1/callback"],
        token_endpoint_auth_method="none",
    )
    registration, _ = new_registration(metadata, created_by="test", now=0)
    config = replace(
        registration.config,
        require_pkce=False,
        pkce_methods=("S256", "plain"),
        may_introspect_all=True,
        refresh_token_ttl=10 * 366 * 24 * 3600,
    )
    return replace(registration, config=config)


def test_registration_loses_the_rules_of_the_feature_and_no_other(name: str) -> None:
    """And its grants: a client cannot be registered for what the server does not offer."""
    feature = every_feature()[name]

    before, after = client_rules(every_feature().values()), client_rules(without(name))

    own_rules = list(feature.client_rules())
    own_grants = [spec.grant_type for spec in feature.grants()]
    assert [rule for rule in before.rules if rule not in after.rules] == own_rules
    assert [each for each in before.grant_types if each not in after.grant_types] == own_grants
    assert set(after.rules) <= set(before.rules)


def test_every_feature_has_its_line() -> None:
    """A new one states here what only it brings."""
    assert list(every_feature()) == list(LOST) == [feature.name for feature in FEATURES]


async def test_a_server_without_features_says_who_it_is_and_no_more(tmp_path: Path) -> None:
    """No endpoint but the documents."""
    async with running_host(tmp_path / "a.db", features=()) as host:
        metadata = (await host.http.get(METADATA)).json()
        token = await host.http.post("/oauth/token")

    assert set(metadata) == {"issuer", "scopes_supported", "response_types_supported"}
    assert token.status_code == 404
