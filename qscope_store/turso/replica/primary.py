"""The primary of a replica: a Turso database that is written by SQL over HTTP.

One request is one transaction. The server that comes with Turso runs all requests on a single
connection, knows no stream that outlives a request, and ignores arguments with names (seen): so a
transaction is one batch whose steps depend on each other, and arguments go by position.
"""

import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any, Final

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql import Step

Reply = tuple[Sequence[Sequence[Any]] | None, str | None]
"""The rows of a step, None when it failed or did not run; and its complaint."""


_CANNOT_WRITE: Final = {"full": "is full", "query_only": "is read-only", "readonly": "is read-only"}


class PrimaryCannotWrite(StorageUnavailable):
    """It responds, but trying again now would not help; nothing was applied."""

    def __init__(self, complaint: str) -> None:
        reasons = (reason for word, reason in _CANNOT_WRITE.items() if word in complaint)
        super().__init__(f"The primary {next(reasons, 'could not write; look at its log')}.")


def is_of_a_rule(complaint: str) -> bool:
    """Whether a row broke a rule of the schema, which it may not on newer rows."""
    return "constraint failed" in complaint


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirected request would become a GET, and send the token to another server."""

    def redirect_request(self, *_: Any) -> None:
        """Make an error of it."""


_OPENER: Final = urllib.request.build_opener(_NoRedirects)


class Primary:
    """Runs transactions there. Blocks."""

    def __init__(self, url: str, *, auth_token: str | None, timeout_s: float) -> None:
        self.url = re.sub("^(libsql|turso)://", "https://", url).rstrip("/")
        self.auth_token = auth_token
        self._timeout_s = timeout_s

    def transact(self, steps: Sequence[Step | str]) -> list[Reply]:
        """Run statements as a whole or not at all; return the reply to each.

        When one of them complains, nothing was applied. Raises `StorageUnavailable`, also when that
        is not known.
        """
        batch: list[dict[str, Any]] = [{"stmt": {"sql": "BEGIN IMMEDIATE"}}]
        batch += [
            {"condition": _ok(place), "stmt": _statement(step)} for place, step in enumerate(steps)
        ]
        commit = len(batch)
        batch.append({"condition": _ok(commit - 1), "stmt": {"sql": "COMMIT"}})
        # Only what this batch has begun: the connection may be in the transaction of another batch.
        undo = {"type": "and", "conds": [_ok(0), {"type": "not", "cond": _ok(commit)}]}
        batch.append({"condition": undo, "stmt": {"sql": "ROLLBACK"}})
        result = self._post(batch)
        replies = [
            (None if ran is None else ran["rows"], None if error is None else str(error["message"]))
            for ran, error in zip(result["step_results"], result["step_errors"], strict=True)
        ]
        if replies[0][1] is not None or replies[commit][1] is not None:
            raise StorageUnavailable("The primary could not begin or commit a transaction.")
        return replies[1:commit]

    def request(
        self, method: str, path: str, *, body: bytes | None, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        """The response to one request, which ends when the primary is silent for `timeout_s`.

        Raises `HTTPError` for an error or a redirect, `HTTPException`, `OSError`.
        """
        request = urllib.request.Request(  # noqa: S310 (the storage takes http and https only)
            self.url + path, data=body, headers=dict(headers), method=method
        )
        response: http.client.HTTPResponse = _OPENER.open(request, timeout=self._timeout_s)
        return response

    def _post(self, batch: Sequence[Mapping[str, Any]]) -> Any:
        requests = [
            {"type": "execute", "stmt": {"sql": "PRAGMA foreign_keys = ON"}},
            {"type": "batch", "batch": {"steps": batch}},
        ]
        headers = {"Content-Type": "application/json"}
        if self.auth_token is not None:
            headers["Authorization"] = f"Bearer {self.auth_token}"
        body = json.dumps({"baton": None, "requests": requests}).encode()
        try:
            with self.request("POST", "/v2/pipeline", body=body, headers=headers) as response:
                results = json.load(response)["results"]
            if [result["type"] for result in results] != ["ok", "ok"]:
                raise StorageUnavailable("The primary refused the transaction.")
            return results[1]["response"]["result"]
        except urllib.error.HTTPError as error:
            error.close()
            raise StorageUnavailable(f"The primary responds with HTTP {error.code}.") from None
        except (OSError, http.client.HTTPException) as error:
            raise StorageUnavailable("The primary cannot be reached.") from error
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise StorageUnavailable("The primary's response is malformed.") from error


def _ok(step: int) -> dict[str, Any]:
    return {"type": "ok", "step": step}


def _statement(step: Step | str) -> dict[str, Any]:
    if isinstance(step, str):
        return {"sql": step}
    statement, values = step
    # A parameter's number is that of its first place.
    arguments = [_value(values[name]) for name in statement.parameters]
    return {"sql": statement.sql, "args": arguments}


def _value(value: str | int | None) -> dict[str, str]:
    match value:
        case None:
            return {"type": "null"}
        case int():
            return {"type": "integer", "value": str(int(value))}
    return {"type": "text", "value": value}
