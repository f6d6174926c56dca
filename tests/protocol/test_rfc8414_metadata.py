"""RFC 8414: authorization server metadata."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from qscope_integrations import Password
from tests.host import ISSUER, Host, running_host, with_features
from tests.protocol.test_rfc6749_password_grant import PasswordUsers

pytestmark = pytest.mark.anyio

WELL_KNOWN = "/.well-known/oauth-authorization-server"


async def test_the_document_lists_the_issuer_and_its_endpoints(host: Host) -> None:
    """Section 2 and RFC 9207 section 3."""
    document = (await host.http.get(WELL_KNOWN)).json()

    assert document["issuer"] == ISSUER
    for name in ("authorization", "token", "revocation", "introspection"):
        assert document[f"{name}_endpoint"].startswith(f"{ISSUER}/oauth/")
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["response_types_supported"] == ["code"]
    assert document["authorization_response_iss_parameter_supported"] is True


async def test_every_listed_endpoint_responds(host: Host) -> None:
    """Only what works is listed."""
    document = (await host.http.get(WELL_KNOWN)).json()
    endpoints = [value for name, value in document.items() if name.endswith("_endpoint")]

    answers = [await host.http.post(urlsplit(endpoint).path) for endpoint in endpoints]

    assert all(response.status_code in {400, 401, 403} for response in answers)


async def test_an_issuer_with_a_path_has_it_behind_the_well_known_name(tmp_path: Path) -> None:
    """Section 3.1."""
    async with running_host(tmp_path / "a.db", issuer=f"{ISSUER}/tenant") as host:
        document = (await host.http.get(f"{WELL_KNOWN}/tenant")).json()

        assert document["issuer"] == f"{ISSUER}/tenant"
        assert document["token_endpoint"] == f"{ISSUER}/tenant/oauth/token"
        assert (await host.http.post("/tenant/oauth/token")).status_code == 400


async def test_only_get_is_served(host: Host) -> None:
    """Section 3.1."""
    response = await host.http.post(WELL_KNOWN)

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"


async def test_the_response_is_200_and_json(host: Host) -> None:
    """Section 3.2; HEAD has the same response without a body."""
    response = await host.http.get(WELL_KNOWN)
    head = await host.http.head(WELL_KNOWN)

    assert (response.status_code, head.status_code, head.content) == (200, 200, b"")
    assert response.headers["content-type"] == head.headers["content-type"] == "application/json"
    assert isinstance(response.json(), dict)


async def test_a_list_without_elements_is_left_out(tmp_path: Path) -> None:
    """Section 3.2: a server may have no scopes."""
    async with running_host(tmp_path / "a.db", scopes={}) as host:
        document = (await host.http.get(WELL_KNOWN)).json()

    assert "scopes_supported" not in document
    assert [] not in document.values()


async def test_each_endpoint_that_takes_signed_assertions_lists_algorithms(host: Host) -> None:
    """Section 2: including RS256, and never none."""
    document = (await host.http.get(WELL_KNOWN)).json()

    for endpoint in ("token", "revocation", "introspection"):
        assert "private_key_jwt" in document[f"{endpoint}_endpoint_auth_methods_supported"]
        algorithms = document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert "RS256" in algorithms
        assert "none" not in algorithms


async def test_what_is_listed_is_what_works(tmp_path: Path) -> None:
    """Section 2: a grant appears with the feature that enables it; all scopes are listed."""
    async with running_host(tmp_path / "a.db") as host:
        plain = (await host.http.get(WELL_KNOWN)).json()
    with pytest.warns(DeprecationWarning, match="password grant"):
        async with running_host(
            tmp_path / "b.db", **with_features(Password(users=PasswordUsers()))
        ) as host:
            opted_in = (await host.http.get(WELL_KNOWN)).json()

    assert plain["scopes_supported"] == ["profile", "notes:read"]
    assert plain["response_modes_supported"] == ["query"]
    assert not {"password", "implicit"} & set(plain["grant_types_supported"])
    assert set(opted_in["grant_types_supported"]) - set(plain["grant_types_supported"]) == {
        "password"
    }


async def test_the_document_is_the_same_for_every_host_name(host: Host) -> None:
    """Section 3.3 and 6.2: it depends on the configuration alone, so no header can change it."""
    usual = await host.http.get(WELL_KNOWN)

    forged = await host.http.get(
        WELL_KNOWN,
        headers={
            "host": "evil.example",
            "x-forwarded-host": "evil.example",
            "x-forwarded-prefix": "/evil",
            "forwarded": "host=evil.example;proto=gopher",
        },
    )

    assert forged.content == usual.content


async def test_the_document_of_an_issuer_with_a_path_is_nowhere_else(tmp_path: Path) -> None:
    """Section 3: an origin may have several issuers, each with its own document."""
    async with running_host(tmp_path / "a.db", issuer=f"{ISSUER}/tenant") as host:
        for path in (WELL_KNOWN, f"{WELL_KNOWN}/", f"{WELL_KNOWN}/other"):
            assert (await host.http.get(path)).status_code == 404


async def test_scripts_of_other_origins_may_read_it(host: Host) -> None:
    """RFC 9700 section 2.6: it configures browser-based apps as well."""
    response = await host.http.get(WELL_KNOWN, headers={"origin": "https://app.example"})

    assert response.headers["access-control-allow-origin"] == "*"
