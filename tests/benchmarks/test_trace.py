"""The trace covers the whole token request, on every thread that takes part."""

import json
import subprocess
import sys

from benchmarks.process import ROOT


def test_token_requests_are_followed_from_the_endpoint_to_the_driver():
    """They enter both packages, and more files than the one allowed here."""
    command = [sys.executable, "-m", "benchmarks.trace", "--json", "--most-files", "1"]

    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert run.stdout, run.stderr
    traces = json.loads(run.stdout)
    assert set(traces) == {"client_credentials", "authorization_code", "refresh_token"}
    for traced in traces.values():
        packages = {file.partition("/")[0] for file in traced["files"]}
        assert packages == {"qscope_integrations", "qscope_store"}
        functions = [name for names in traced["files"].values() for name in names["functions"]]
        # The driver's own method, overridden by the store; aiosqlite calls it on its thread.
        assert any(name.endswith(".execute") for name in functions)
