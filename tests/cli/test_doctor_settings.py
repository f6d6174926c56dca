"""`qscope doctor --config`: settings of a server that works, but is not safe."""

import json
import secrets
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qscope_integrations import (
    GuessLimit,
    GuessLimits,
    HostUser,
    Password,
    PasswordUserAdapter,
    RefreshToken,
)
from qscope_integrations.cli.doctor.settings import acceptable_names, check_settings
from tests.cli.conftest import Run
from tests.host import CookieUsers, make_config, with_features

SAFE = {"issuer": "https://auth.example.org", "secret_key": secrets.token_urlsafe(32)}


class PasswordUsers(CookieUsers, PasswordUserAdapter):
    """Nobody's password is right."""

    async def check_password(self, *_: object, **__: object) -> HostUser | None:
        return None


def names(**changes: Any) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        config = make_config(**(SAFE | changes))
    return [finding.name for finding in check_settings(config)]


@pytest.mark.parametrize(
    "key",
    [
        secrets.token_urlsafe(32),
        secrets.token_hex(32),
        secrets.token_bytes(32),
        secrets.token_urlsafe(96),
    ],
    ids=["urlsafe", "hex", "bytes", "long"],
)
def test_safe_settings_pass(key: str | bytes) -> None:
    """Random keys of every usual form are taken for what they are."""
    assert names(secret_key=key) == []


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"issuer": "http://127.0.0.1:8000"}, "issuer"),
        ({"secret_key": "x" * 64}, "secret_key"),
        ({"secret_key": b"\0" * 32}, "secret_key"),
        ({"secret_key": "change-me-before-it-goes-into-production"}, "secret_key"),
        ({"secret_key": "correct horse battery staple, they say"}, "secret_key"),
        ({"limits": None}, "limits"),
        (
            {"limits": GuessLimits(user_code_in_all=GuessLimit(attempts=100_000, window_s=60))},
            "limits",
        ),
        (with_features(Password(users=PasswordUsers())), "password"),
        (with_features(RefreshToken(reuse_leeway_s=1)), "refresh_token"),
        ({"consent_ttl_s": 3601}, "consent_ttl_s"),
    ],
)
def test_unsafe_setting_is_named(changed: dict[str, Any], name: str) -> None:
    """Each works, and so nothing else would tell."""
    assert name in acceptable_names(None)
    assert names(**changed) == [name]


APP = """
import secrets
import sys
from qscope_integrations import QScopeConfig
from qscope_integrations.fastapi import QScope as FastAPIQScope
from qscope_integrations.litestar import QScopePlugin
from qscope_integrations.starlette import QScope
from qscope_store.sqlite import SQLiteStorage
from tests.host import CookieUsers

print("starting")
config = QScopeConfig(
    issuer="http://127.0.0.1:8000", scopes={}, secret_key=secrets.token_bytes(32),
    users=CookieUsers(),
)
storage = SQLiteStorage("own.db")
starlette = QScope(config, storage=storage)
fastapi = FastAPIQScope(config, storage=storage)
litestar = QScopePlugin(config, storage=storage)

class holder:
    inner = config

def make():
    return config

def leave():
    sys.exit(3)

async def later():
    return config
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module in the current directory, where servers look for applications."""
    name = f"site_{secrets.token_hex(4)}"
    (tmp_path / f"{name}.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    yield name
    sys.modules.pop(name, None)


@pytest.mark.parametrize("attribute", ["config", "holder.inner", "make"])
def test_settings_are_checked_with_the_database(upgraded: Run, site: str, attribute: str) -> None:
    """What the application prints while it is imported is no part of the JSON document."""
    outcome = upgraded("doctor", "--config", f"{site}:{attribute}", "--json")

    assert outcome.code == 1
    assert [(found["area"], found["name"]) for found in outcome.json] == [("setting", "issuer")]


@pytest.mark.parametrize("attribute", ["starlette", "fastapi", "litestar"])
def test_server_brings_its_own_database(
    run: Run, site: str, tmp_path: Path, attribute: str
) -> None:
    """Whatever the environment says; a URL on the command line still wins."""
    assert run("db", "upgrade", "--database-url", "sqlite:///own.db").code == 0
    create = ("client", "create", "--database-url", "sqlite:///own.db", "--name", "Old")
    unsafe = ("--grant-type", "authorization_code", "--redirect-uri", "http://localhost/cb")
    assert run(*create, "--id", "old", *unsafe).code == 0

    own = run("doctor", "--config", f"{site}:{attribute}", "--json").json
    named = run(
        "doctor", "--config", f"{site}:{attribute}", "--json", "--database-url", "sqlite:///no.db"
    ).json

    assert [found["name"] for found in own] == ["issuer", "old"]
    assert [found["area"] for found in named] == ["setting", "schema"]


def test_accepted_setting_is_not_mentioned(upgraded: Run, site: str) -> None:
    """Somebody has decided; the rest is still checked."""
    outcome = upgraded("doctor", "--config", f"{site}:config", "--accept", "issuer")

    assert outcome.code == 0
    assert outcome.out == "Nothing unsafe found.\n"


@pytest.mark.parametrize(
    ("reference", "code", "says"),
    [
        (lambda site: site, 2, "such as myapp.main:qscope"),
        (lambda site: f"{site}:", 2, "such as myapp.main:qscope"),
        (lambda site: ":config", 2, "such as myapp.main:qscope"),
        (lambda site: "no_such_module:config", 1, "no_such_module"),
        (lambda site: ".:config", 1, "cannot be loaded"),
        (lambda site: f"{site}:nothing", 1, "nothing"),
        (lambda site: f"{site}:storage", 1, "SQLiteStorage"),
        (lambda site: f"{site}:leave", 1, "SystemExit"),
        (lambda site: "tests.examples.starlette_app:config", 1, "KeyError"),
    ],
)
def test_server_that_cannot_be_loaded_is_one_line(
    upgraded: Run,
    site: str,
    monkeypatch: pytest.MonkeyPatch,
    reference: Callable[[str], str],
    code: int,
    says: str,
) -> None:
    """It says what went wrong, and what may be named."""
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("ISSUER", raising=False)

    outcome = upgraded("doctor", "--config", reference(site), "--json")

    assert outcome.code == code
    assert outcome.out == ""
    assert says in json.loads(outcome.err.splitlines()[-1])["error"]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("raise RuntimeError('postgresql://app:hunter2@db.example/app')", "RuntimeError"),
        ("raise ImportError('hunter2')", "ImportError"),
        ("{}['hunter2']", "KeyError"),
        ("int('hunter2')", "ValueError"),
        ("sys.exit('hunter2')", "SystemExit"),
        ("json.loads('[hunter2')", "JSONDecodeError"),
        ("config.hunter2", "AttributeError"),
        ("password = 'hunter2", "SyntaxError"),
    ],
)
@pytest.mark.parametrize("inside", ["", "def make(): "], ids=["import", "call"])
def test_failure_is_told_by_type_and_place_only(
    upgraded: Run, tmp_path: Path, site: str, broken: str, says: str, inside: str
) -> None:
    """What an exception says may be a secret; the log of a deployment is read by many."""
    (tmp_path / f"{site}.py").write_text(f"import json, sys\nconfig = 0\n\n{inside}{broken}\n")

    outcome = upgraded("doctor", "--config", f"{site}:make")

    assert outcome.code == 1
    assert outcome.err.endswith(f"cannot be loaded: {says} ({site}.py, line 4)\n")
    assert "hunter2" not in outcome.err + outcome.out


def test_module_that_is_missing_is_named_with_who_needs_it(
    upgraded: Run, tmp_path: Path, site: str
) -> None:
    """A name in the code is no secret, and says what to install."""
    (tmp_path / f"{site}.py").write_text("\nimport no_such_dependency.inner\n")

    outcome = upgraded("doctor", "--config", f"{site}:config")

    assert f"no module no_such_dependency ({site}.py, line 2)" in outcome.err


@pytest.mark.parametrize(
    "issuer", ["https://app:hunter2@auth.example.org", "hunter2", "http://[hunter2"]
)
def test_refused_issuer_is_not_repeated(
    upgraded: Run, tmp_path: Path, site: str, issuer: str
) -> None:
    """It may have a password in it, or be the value of another variable."""
    module = APP.replace("http://127.0.0.1:8000", issuer)
    (tmp_path / f"{site}.py").write_text(module)

    outcome = upgraded("doctor", "--config", f"{site}:config")

    assert outcome.code == 1
    assert "issuer: " in outcome.err
    assert "hunter2" not in outcome.err + outcome.out


def test_setting_that_the_server_refuses_is_told(upgraded: Run, tmp_path: Path, site: str) -> None:
    """A server would not start either."""
    module = tmp_path / f"{site}.py"
    module.write_text(APP.replace("token_bytes(32)", "token_bytes(8)"))

    outcome = upgraded("doctor", "--config", f"{site}:config")

    assert outcome.code == 1
    assert "secret_key" in outcome.err


def test_example_can_be_checked(upgraded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind https it is found safe, on this machine only its issuer is named."""
    words = ("doctor", "--config", "example_app.app:server_config", "--json")
    monkeypatch.setenv("QSCOPE_SECRET_KEY", secrets.token_urlsafe(32))
    local = upgraded(*words)
    monkeypatch.setenv("QSCOPE_ISSUER", "https://auth.example.org")
    public = upgraded(*words)

    assert [found["name"] for found in local.json] == ["issuer"]
    assert (public.code, public.json) == (0, [])
