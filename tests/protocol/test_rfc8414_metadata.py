"""RFC 8414: authorization server metadata."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.host import ISSUER, Host, running_host

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


async def test_every_listed_endpoint_answers(host: Host) -> None:
    """Only what works is listed."""
    document = (await host.http.get(WELL_KNOWN)).json()
    endpoints = [value for name, value in document.items() if name.endswith("_endpoint")]

    answers = [await host.http.post(urlsplit(endpoint).path) for endpoint in endpoints]

    assert all(answer.status_code in {400, 401, 403} for answer in answers)


async def test_an_issuer_with_a_path_has_it_behind_the_well_known_name(tmp_path: Path) -> None:
    """Section 3.1."""
    async with running_host(tmp_path / "a.db", issuer=f"{ISSUER}/tenant") as host:
        document = (await host.http.get(f"{WELL_KNOWN}/tenant")).json()

        assert document["issuer"] == f"{ISSUER}/tenant"
        assert document["token_endpoint"] == f"{ISSUER}/tenant/oauth/token"
        assert (await host.http.post("/tenant/oauth/token")).status_code == 400


async def test_only_get_is_answered(host: Host) -> None:
    """Section 3.1."""
    answer = await host.http.post(WELL_KNOWN)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
