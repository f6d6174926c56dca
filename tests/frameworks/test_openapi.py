"""What the OpenAPI documents of the frameworks say about the server."""

from pathlib import Path
from typing import Any

import pytest

from qscope_store.sqlite import SQLiteStorage
from tests.frameworks.conftest import BUILDERS
from tests.host import ISSUER, make_config

DESCRIBED = ("fastapi", "litestar")


@pytest.fixture(params=DESCRIBED)
def document(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """The OpenAPI document of the host application."""
    app = BUILDERS[request.param](make_config(), SQLiteStorage(tmp_path / "a.db"))
    return app.openapi() if request.param == "fastapi" else app.openapi_schema.to_schema()


def test_the_scheme_is_the_code_flow_of_this_server(document: dict[str, Any]) -> None:
    """OpenAPI 3.1 section 4.8.27: documentation pages use it to sign in."""
    scheme = document["components"]["securitySchemes"]["oauth2"]

    assert scheme["type"] == "oauth2"
    assert scheme["flows"] == {
        "authorizationCode": {
            "authorizationUrl": f"{ISSUER}/oauth/authorize",
            "tokenUrl": f"{ISSUER}/oauth/token",
            "refreshUrl": f"{ISSUER}/oauth/token",
            "scopes": {"profile": "See who you are", "notes:read": "Read your notes"},
        }
    }


def test_a_guarded_route_names_its_scopes_and_an_open_one_none(document: dict[str, Any]) -> None:
    """OpenAPI 3.1 section 4.8.30."""
    paths = document["paths"]

    assert paths["/api/me"]["get"]["security"] == [{"oauth2": ["profile"]}]
    assert "security" not in paths["/api/count"]["get"]
