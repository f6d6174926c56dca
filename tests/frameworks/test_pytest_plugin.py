"""The fixtures for applications, in a suite as an application has it."""

import pytest

SUITE = """
import pytest
from starlette.testclient import TestClient
from tests.frameworks.conftest import BUILDERS
from tests.host import make_config
from qscope_store.sqlite import SQLiteStorage

pytest_plugins = ["qscope_integrations.pytest_plugin"]


@pytest.fixture(params=BUILDERS)
def http(request, oauth_database):
    app = BUILDERS[request.param](make_config(), SQLiteStorage(oauth_database))
    with TestClient(app) as client:
        yield client


def test_a_user_s_token_opens_the_api(http, bearer_tokens):
    answer = http.get("/api/me", headers=bearer_tokens(user="alice", scopes=["profile"]))
    assert answer.json()["sub"] == "alice"


def test_a_client_s_own_token_has_no_user(http, bearer_tokens):
    answer = http.get("/api/me", headers=bearer_tokens(user=None, scopes=["profile"]))
    assert answer.json()["sub"] is None


def test_a_token_without_the_scope_is_refused(http, bearer_tokens):
    answer = http.get("/api/me", headers=bearer_tokens(user="alice", scopes=["notes:read"]))
    assert answer.status_code == 403


@pytest.mark.parametrize("name", BUILDERS)
def test_a_token_is_for_the_api_that_it_names(name, oauth_database, bearer_tokens):
    config = make_config(api_resource="https://api.example")
    with TestClient(BUILDERS[name](config, SQLiteStorage(oauth_database))) as client:
        to_alice = {"user": "alice", "scopes": ["profile"]}
        headers = [
            bearer_tokens(**to_alice, resources=[name])
            for name in ("https://api.example", "https://other.example")
        ]
        assert [client.get("/api/me", headers=h).status_code for h in headers] == [200, 401]


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
async def test_tokens_can_be_issued_where_a_loop_runs(oauth_database, bearer_tokens):
    assert bearer_tokens(user="alice", scopes=["profile"])["Authorization"].startswith("Bearer ")
"""


def test_a_suite_obtains_tokens_in_one_line(pytester: pytest.Pytester) -> None:
    """On every framework, in tests with and without an event loop."""
    pytester.makepyfile(SUITE)

    outcome = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-q")

    outcome.assert_outcomes(passed=13)
