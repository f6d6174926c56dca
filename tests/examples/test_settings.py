"""The settings of the example."""

import subprocess
import sys
from pathlib import Path

import pytest

from example_app.settings import Settings, SettingsError
from tests.example_server import example_environment


def test_defaults_are_those_of_make_demo() -> None:
    """Scripts depend on them."""
    settings = Settings.from_environment({})

    assert settings.issuer == "http://127.0.0.1:8000"
    assert settings.database_url == "sqlite:///var/demo.db"
    assert settings.framework == "starlette"


def test_issuer_follows_host_and_port() -> None:
    """An IPv6 address is in brackets (RFC 3986 section 3.2.2)."""
    settings = Settings.from_environment({"HOST": "::1", "PORT": "9000"})

    assert settings.issuer == "http://[::1]:9000"


def test_representation_keeps_secrets() -> None:
    """Neither the key nor a database password is shown."""
    settings = Settings.from_environment(
        {"QSCOPE_SECRET_KEY": "k" * 32, "QSCOPE_DATABASE_URL": "postgresql://me:secret@db/x"}
    )

    assert "kkk" not in repr(settings)
    assert "secret" not in repr(settings).replace("secret_key", "")


WRONG = [
    ({"PORT": "0"}, "PORT"),
    ({"PORT": "70000"}, "PORT"),
    ({"PORT": "http"}, "PORT"),
    ({"HOST": "0.0.0.0"}, "also set QSCOPE_ISSUER"),
    ({"HOST": "192.0.2.1"}, "also set QSCOPE_ISSUER"),
    ({"HOST": "[::1]"}, "also set QSCOPE_ISSUER"),
    ({"WORKERS": "-1"}, "WORKERS"),
    ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    ({"FRAMEWORK": "django"}, "FRAMEWORK"),
    ({"QSCOPE_SECRET_KEY": "short"}, "QSCOPE_SECRET_KEY"),
]


@pytest.mark.parametrize(("environment", "says"), WRONG)
def test_wrong_setting_is_named(environment: dict[str, str], says: str) -> None:
    """Invalid input leads to a clear error."""
    with pytest.raises(SettingsError, match=says):
        Settings.from_environment(environment)


@pytest.mark.parametrize(
    "environment",
    [
        {"PORT": "http"},
        {"HOST": "0.0.0.0"},
        {"QSCOPE_ISSUER": "http://auth.example.org"},
        {"QSCOPE_ISSUER": "https://auth.example.org/?a=b"},
        {"QSCOPE_DATABASE_URL": "mysql://localhost/x"},
        {"FRAMEWORK": "django"},
    ],
)
def test_wrong_setting_ends_the_program_before_anything_is_made(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """One line, exit code 2, an empty directory."""
    finished = subprocess.run(
        [sys.executable, "-m", "example_app", "setup"],
        cwd=tmp_path,
        env=example_environment(**environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert finished.returncode == 2
    assert finished.stderr.count("\n") == 1
    assert finished.stdout == ""
    assert list(tmp_path.iterdir()) == []
