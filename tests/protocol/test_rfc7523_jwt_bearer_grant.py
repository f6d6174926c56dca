"""RFC 7523 section 2.1: the JWT bearer grant, for issuers that the application trusts."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from authlib.oauth2.rfc6749 import InvalidScopeError
from joserfc import jwt

from qscope_integrations import (
    AssertionIssuers,
    HostUser,
    JwtBearer,
    OAuthClient,
    RequestContext,
)
from tests.assertions import JWKS, PUBLISHED, STRANGER, claims_of, sign
from tests.host import Host, RegisteredClient, running_host, with_features

pytestmark = pytest.mark.anyio

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PARTNER, FORMER = "https://partner.example", "https://former-partner.example"


class PartnerAssertions(AssertionIssuers):
    """One partner asserts users of this application; bob has granted one scope."""

    async def issuer_keys(self, context: RequestContext, issuer: str) -> Mapping[str, Any] | None:
        return {PARTNER: JWKS, FORMER: {}}.get(issuer)

    async def find_user(
        self,
        context: RequestContext,
        client: OAuthClient,
        claims: Mapping[str, Any],
        scopes: tuple[str, ...],
    ) -> HostUser | None:
        name = claims["sub"]
        if name == "bob" and scopes != ("profile",):
            raise InvalidScopeError
        return HostUser(external_id=name, display_name=name) if name in {"alice", "bob"} else None


@pytest.fixture
async def trusting(tmp_path: Path) -> AsyncIterator[Host]:
    trust = with_features(JwtBearer(issuers=PartnerAssertions()))
    async with running_host(tmp_path / "trusting.db", **trust) as host:
        yield host


@pytest.fixture
async def app(trusting: Host) -> RegisteredClient:
    return await trusting.register(grant_types=(GRANT_TYPE,), redirect_uris=())


async def ask(
    host: Host, client: RegisteredClient, assertion: str | None, *, scope: str = "profile"
) -> httpx2.Response:
    return await host.token(client, grant_type=GRANT_TYPE, assertion=assertion, scope=scope)


def partner_claims(**changes: Any) -> dict[str, Any]:
    return claims_of(PARTNER, **({"sub": "alice"} | changes))


async def test_the_partners_assertion_is_exchanged_for_a_token_of_its_subject(
    trusting: Host, app: RegisteredClient
) -> None:
    """Section 2.1; the client authenticates as well."""
    tokens = (await ask(trusting, app, sign(partner_claims()))).json()

    claims = await trusting.introspect(app, tokens["access_token"])
    assert (claims["sub"], claims["scope"]) == ("alice", "profile")
    assert "refresh_token" not in tokens


async def test_an_assertion_works_once(trusting: Host, app: RegisteredClient) -> None:
    """Section 3, point 7."""
    assertion = sign(partner_claims())
    await ask(trusting, app, assertion)

    assert (await ask(trusting, app, assertion)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "assertion",
    [
        sign(partner_claims(), STRANGER),
        sign(partner_claims(iss="https://other.example")),
        sign(partner_claims(sub="stranger")),
        sign(partner_claims(sub=None)),
        sign(partner_claims(aud="https://other.example")),
        sign(partner_claims(exp=1)),
        sign(partner_claims(exp=None)),
        sign(partner_claims(exp=2_000_000_000_000)),
        sign(partner_claims(nbf=2_000_000_000_000)),
        sign(partner_claims(iat=2_000_000_000_000)),
        sign(partner_claims(jti=None)),
        jwt.encode(
            {"alg": "Ed25519"}, partner_claims(iss=FORMER), PUBLISHED, algorithms=["Ed25519"]
        ),
        f"{sign(partner_claims())} {sign(partner_claims())}",
        "nonsense",
    ],
    ids=[
        *("stranger", "issuer", "subject", "no subject", "audience", "expired", "no expiry"),
        *("far expiry", "not yet", "from the future", "no id", "no keys", "two", "nonsense"),
    ],
)
async def test_an_assertion_that_proves_nothing_is_invalid_grant(
    trusting: Host, app: RegisteredClient, assertion: str
) -> None:
    """Section 3.1; the same response for all."""
    response = await ask(trusting, app, assertion)

    assert response.status_code == 400
    assert response.json() == {
        "error": "invalid_grant",
        "error_description": "The assertion is not accepted.",
    }


async def test_a_missing_assertion_is_invalid_request(
    trusting: Host, app: RegisteredClient
) -> None:
    """RFC 7521 section 4.1."""
    assert (await ask(trusting, app, None)).json()["error"] == "invalid_request"


async def test_without_the_opt_in_it_is_unsupported(host: Host) -> None:
    """No issuer is trusted by default."""
    client = await host.register(grant_types=(GRANT_TYPE,), redirect_uris=())

    response = await ask(host, client, sign(partner_claims()))

    assert response.json()["error"] == "unsupported_grant_type"


async def test_without_its_secret_the_client_gets_nothing(
    trusting: Host, app: RegisteredClient
) -> None:
    """Section 3.1: credentials are checked if present; the assertion is not spent."""
    assertion = sign(partner_claims())

    refused = await ask(trusting, replace(app, secret="wrong"), assertion)

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert (await ask(trusting, app, assertion)).status_code == 200


async def test_the_scope_is_no_more_than_the_user_has_granted(
    trusting: Host, app: RegisteredClient
) -> None:
    """RFC 7521 section 4.1: the application knows it; the registration limits it as well."""
    for_bob = await ask(trusting, app, sign(partner_claims(sub="bob")), scope="profile notes:read")
    unregistered = await ask(trusting, app, sign(partner_claims()), scope="profile admin")
    good = await ask(trusting, app, sign(partner_claims(sub="bob")))

    assert (for_bob.status_code, for_bob.json()["error"]) == (400, "invalid_scope")
    assert (unregistered.status_code, unregistered.json()["error"]) == (400, "invalid_scope")
    assert good.json()["scope"] == "profile"


async def test_no_refresh_token_outlives_the_assertion(trusting: Host) -> None:
    """RFC 7521 section 4.1: a new assertion is needed. The access token has its usual lifetime."""
    app = await trusting.register(
        grant_types=(GRANT_TYPE, "refresh_token"),
        redirect_uris=(),
        config={"access_token_ttl": 120},
    )

    tokens = (await ask(trusting, app, sign(partner_claims()))).json()

    assert tokens["expires_in"] == 120
    assert "refresh_token" not in tokens
