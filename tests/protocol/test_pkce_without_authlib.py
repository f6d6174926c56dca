"""RFC 9700 section 2.1.1: PKCE holds whatever a release of Authlib calls, or the server stops.

Authlib runs the grant, so its next release may rename a hook or a method. Each seam below is such a
release: what it breaks may fail in any way, as long as no request without proof receives a token.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.hooks import Hookable

from qscope_integrations import ConfigurationError
from qscope_integrations.core.authorization_code import endpoint, grant
from qscope_integrations.core.tokens.authlib import TokenGrant
from tests.host import VERIFIER, Host, redirect_parameters, running_host

pytestmark = pytest.mark.anyio

Seam = Callable[[pytest.MonkeyPatch], None]
NO_CHALLENGE: Final[dict[str, Any]] = {"code_challenge": None, "code_challenge_method": None}


def no_hooks(patch: pytest.MonkeyPatch) -> None:
    """Authlib calls no hook."""
    patch.setattr(Hookable, "execute_hook", lambda *_, **__: None)


def renamed_hooks(patch: pytest.MonkeyPatch) -> None:
    """Authlib calls every hook by another name."""
    call = Hookable.execute_hook

    def renamed(self: Any, hook_type: str, *values: Any, **named: Any) -> None:
        call(self, f"renamed_{hook_type}", *values, **named)

    patch.setattr(Hookable, "execute_hook", renamed)


def no_query(patch: pytest.MonkeyPatch) -> None:
    """Authlib's validation does not ask for the code."""

    def validate(self: Any) -> None:
        self.request.client = self.authenticate_token_endpoint_client()

    patch.setattr(grants.AuthorizationCodeGrant, "validate_token_request", validate)


def renamed_query(patch: pytest.MonkeyPatch) -> None:
    """Authlib's validation asks for the code by another method."""
    patch.delattr(grant.AuthorizationCodeGrant, "query_authorization_code")


def no_validation(patch: pytest.MonkeyPatch) -> None:
    """Authlib's server does not validate the request."""

    def respond(self: Any, request: Any = None) -> Any:
        request = self.create_oauth2_request(request)
        self.authenticate_client(request, (), "token")
        return self.handle_response(*self.get_token_grant(request).create_token_response())

    patch.setattr(AuthorizationServer, "create_token_response", respond)


def renamed_response(patch: pytest.MonkeyPatch) -> None:
    """Authlib issues the tokens by another method than the one that is replaced here."""
    patch.delattr(TokenGrant, "create_token_response")


SEAMS: Final = (no_hooks, renamed_hooks, no_query, renamed_query, no_validation, renamed_response)


def has_no_token(response: httpx2.Response) -> bool:
    return response.status_code >= 400 and "access_token" not in response.text


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.__name__)
@pytest.mark.parametrize("is_public", [True, False], ids=["public", "confidential"])
@pytest.mark.parametrize("verifier", [None, "a" * 43], ids=["without", "wrong"])
async def test_no_verifier_no_token(
    host: Host,
    monkeypatch: pytest.MonkeyPatch,
    seam: Seam,
    is_public: bool,
    verifier: str | None,
) -> None:
    """RFC 7636 section 4.6: a challenge needs its verifier."""
    client = await host.register(is_public=is_public)
    code = await host.code(client)
    seam(monkeypatch)

    response = await host.redeem(client, code, code_verifier=verifier)

    assert has_no_token(response)


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.__name__)
@pytest.mark.parametrize("verifier", [None, VERIFIER], ids=["without", "with"])
async def test_a_code_without_challenge_is_no_way_around(
    host: Host, monkeypatch: pytest.MonkeyPatch, seam: Seam, verifier: str | None
) -> None:
    """RFC 9700 section 4.8.2: neither without proof nor with one for nothing."""
    client = await host.register(is_public=True, config={"require_pkce": False})
    code = await host.code(client, **NO_CHALLENGE)
    await host.update_config(client, require_pkce=True)
    seam(monkeypatch)

    assert has_no_token(await host.redeem(client, code, code_verifier=verifier))


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.__name__)
@pytest.mark.parametrize(
    "challenge",
    [NO_CHALLENGE, {"code_challenge_method": "plain"}, {"code_challenge": None}],
    ids=["none", "plain", "method only"],
)
async def test_no_challenge_no_code(
    host: Host, monkeypatch: pytest.MonkeyPatch, seam: Seam, challenge: dict[str, Any]
) -> None:
    """RFC 7636 section 4.4.1: refused before the person is asked."""
    client = await host.register(is_public=True)
    seam(monkeypatch)

    response = await host.authorize(client, **challenge)

    assert redirect_parameters(response)["error"] == "invalid_request"


@pytest.mark.parametrize("seam", [no_hooks, renamed_hooks], ids=lambda seam: seam.__name__)
async def test_the_flow_needs_no_hook(
    host: Host, monkeypatch: pytest.MonkeyPatch, seam: Seam
) -> None:
    """A request with proof still receives its tokens."""
    seam(monkeypatch)
    client = await host.register(is_public=True)

    assert (await host.tokens(client))["access_token"]


@pytest.mark.parametrize(
    ("module", "rule"), [(endpoint, "check_code_challenge"), (grant, "check_code_verifier")]
)
async def test_the_server_does_not_start_without_a_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, rule: str
) -> None:
    """Better no server than one without PKCE."""
    monkeypatch.setattr(module, rule, lambda *_: None)

    with pytest.raises(ConfigurationError, match="PKCE is not enforced"):
        async with running_host(tmp_path / "a.db"):
            pass


@pytest.mark.parametrize("seam", SEAMS[2:], ids=lambda seam: seam.__name__)
async def test_the_server_does_not_start_on_an_authlib_that_skips_the_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seam: Seam
) -> None:
    """The check at start goes through Authlib, so a break shows before the first request."""
    seam(monkeypatch)

    with pytest.raises((ConfigurationError, AttributeError, NotImplementedError)):
        async with running_host(tmp_path / "a.db"):
            pass
