"""The settings of the example, from the environment, checked before anything is created."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from example_app.secret_key import MIN_SECRET_LENGTH
from qscope_store.loopback import is_loopback

LOG_LEVELS: Final = ("critical", "error", "warning", "info", "debug")
FRAMEWORKS: Final = ("starlette", "fastapi", "litestar")


class SettingsError(ValueError):
    """A setting is invalid; the text names it and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one run."""

    host: str
    port: int
    issuer: str
    database_url: str = field(repr=False)
    """May contain a password."""
    workers: int
    log_level: str
    framework: str
    secret_key: str | None = field(repr=False)
    """None: the example creates one in `var/`."""

    @property
    def database_kind(self) -> str:
        """The kind of database, without its location and password."""
        return self.database_url.partition(":")[0]

    @property
    def origin(self) -> str:
        """The origin of the pages and the API: the issuer without its path."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """The settings; an empty variable counts as absent. Raises `SettingsError`."""
        given = {name: value for name, value in environment.items() if value}
        host = given.get("HOST", "127.0.0.1")
        port = _number(given, "PORT", default=8000, highest=65535)
        return cls(
            host=host,
            port=port,
            issuer=given.get("QSCOPE_ISSUER") or _default_issuer(host, port),
            database_url=given.get("QSCOPE_DATABASE_URL", "sqlite:///var/demo.db"),
            workers=_number(given, "WORKERS", default=1, highest=64),
            log_level=_one_of(given, "LOG_LEVEL", "info", LOG_LEVELS),
            framework=_one_of(given, "FRAMEWORK", "starlette", FRAMEWORKS),
            secret_key=_secret_key(given),
        )


def _number(given: Mapping[str, str], name: str, *, default: int, highest: int) -> int:
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= highest):
        raise SettingsError(f"{name} is {text!a}; use a number from 1 to {highest}.")
    return int(text)


def _one_of(given: Mapping[str, str], name: str, default: str, known: tuple[str, ...]) -> str:
    value = given.get(name, default).lower()
    if value not in known:
        raise SettingsError(f"{name} is {value!a}; use one of {', '.join(known)}.")
    return value


def _secret_key(given: Mapping[str, str]) -> str | None:
    value = given.get("QSCOPE_SECRET_KEY")
    if value is not None and len(value) < MIN_SECRET_LENGTH:
        raise SettingsError(
            f"QSCOPE_SECRET_KEY is too short; use at least {MIN_SECRET_LENGTH} random characters,"
            " or omit it and one is created."
        )
    return value


def _default_issuer(host: str, port: int) -> str:
    if not is_loopback(host):
        raise SettingsError(
            f"HOST is {host!a}: also set QSCOPE_ISSUER to the https address that browsers use,"
            f" or to http://127.0.0.1:{port} if they all run on this machine."
        )
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
