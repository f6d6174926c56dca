"""The files, functions and classes of qscope that a token request enters.

The request goes to an application in this process, over a new SQLite file. Recording begins where
the framework's route calls the endpoint and ends where the response starts. It covers the thread of
the event loop and the threads of the database. Names stand in the order of first entry.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill, indent
from types import CodeType, FrameType
from typing import Any, Final

import qscope_integrations
import qscope_store
from tests.host import Host, RegisteredClient, host_app, running_host

_PACKAGES: Final = [Path(each.__path__[0]) for each in (qscope_integrations, qscope_store)]
GRANTS: Final = ("client_credentials", "authorization_code", "refresh_token")
_WARM_UPS: Final = 2
"""Requests before the recording, which load modules and fill caches."""
# They count as part of the enclosing function; since Python 3.12 most are no calls.
_COMPREHENSIONS: Final = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}


class Recorder:
    """The code objects that were entered during a recording."""

    def __init__(self) -> None:
        self.is_on = False
        self.entered: dict[CodeType, None] = {}

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Profile this thread and every thread that starts inside; `is_on` controls recording."""
        # Installed early: on Python 3.11 greenlets older than the profiler escape it.
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def _profile(self, frame: FrameType, event: str, _: object) -> None:
        if self.is_on and event == "call":
            self.entered[frame.f_code] = None

    def recorded(self, endpoint: Any) -> Any:
        """The same ASGI application; each request replaces the previous recording."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            async def stop_and_send(message: Any) -> None:
                self.is_on = False
                await send(message)

            self.entered.clear()
            self.is_on = True
            # In a task, because each await would enter the callers of this function again.
            await asyncio.ensure_future(endpoint(scope, receive, stop_and_send))

        return app

    def trace(self) -> dict[str, Any]:
        """The last request: functions and classes by file, and totals."""
        files: dict[str, dict[str, list[str]]] = {}
        for code in self.entered:
            path = Path(code.co_filename)
            package = next((each for each in _PACKAGES if path.is_relative_to(each)), None)
            if package is None or code.co_name in _COMPREHENSIONS:
                continue
            file = path.relative_to(package.parent).as_posix()
            names = files.setdefault(file, {"functions": [], "classes": []})
            owner = code.co_qualname.rpartition("<locals>.")[2].rpartition(".")[0]
            for kind, name in (("functions", code.co_qualname), ("classes", owner)):
                if name and name not in names[kind]:
                    names[kind].append(name)
        totals = {"files": len(files)}
        for kind in ("functions", "classes"):
            totals[kind] = sum(len(names[kind]) for names in files.values())
        return {"totals": totals, "files": files}


async def _request(grant: str, host: Host, client: RegisteredClient) -> Any:
    match grant:
        case "client_credentials":
            return await host.token(client, grant_type=grant, scope="profile")
        case "authorization_code":
            return await host.redeem(client, await host.code(client))
        case _:
            return await host.refresh(client, (await host.tokens(client))["refresh_token"])


async def trace(grants: Sequence[str]) -> dict[str, Any]:
    """Trace one request of each grant. Raises `RuntimeError` when a request is refused."""
    recorder = Recorder()

    def build(*parts: Any) -> Any:
        app = host_app(*parts)
        route: Any = next(each for each in app.routes if each.path == "/oauth/token")
        route.app = recorder.recorded(route.app)
        return app

    traces = {}
    with tempfile.TemporaryDirectory() as directory, recorder.installed():
        async with running_host(Path(directory) / "trace.db", build=build) as host:
            client = await host.register(grant_types=GRANTS)
            for grant in grants:
                for _ in range(_WARM_UPS + 1):
                    response = await _request(grant, host, client)
                    if response.status_code != 200:
                        raise RuntimeError(f"{grant}: {response.status_code} {response.text}")
                traces[grant] = recorder.trace()
    return traces


def _text(grant: str, traced: dict[str, Any]) -> Iterator[str]:
    yield f"{grant}: {', '.join(f'{count} {kind}' for kind, count in traced['totals'].items())}"
    for number, (file, names) in enumerate(traced["files"].items(), start=1):
        yield f"{number:4} {file}" + "".join(f" [{name}]" for name in names["classes"])
        yield indent(fill(", ".join(names["functions"]), 90), " " * 9)


def main(arguments: Sequence[str]) -> int:
    """Return the exit code, which is 1 when a request enters too many files."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trace", description=__doc__)
    add = parser.add_argument
    add("--grants", nargs="+", choices=GRANTS, default=GRANTS)
    add("--most-files", type=int, default=sys.maxsize, metavar="N", help="exit with 1 above this")
    add("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    traces = asyncio.run(trace(options.grants))
    if options.json:
        print(json.dumps(traces, indent=2))
    else:
        print("\n\n".join("\n".join(_text(*each)) for each in traces.items()))
    return int(any(each["totals"]["files"] > options.most_files for each in traces.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
