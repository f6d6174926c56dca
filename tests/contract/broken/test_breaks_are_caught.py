"""The kit fails on a backend that breaks a rule, in the test that is named after the rule."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

BACKENDS = Path(__file__).with_name("backends.py")
ROOT = Path(__file__).parents[3]

# What finds each break; a sound backend passes all of them (test_sqlite.py).
CAUGHT_BY = {
    "TestReadThenWrite": {"test_of_fifty_redemptions_of_a_code_one_succeeds"},
    "TestForgottenFamily": {
        "test_second_redemption_revokes_the_grant",
        "test_reuse_of_a_rotated_token_revokes_the_grant",
        "test_an_approved_device_code_is_exchanged_once",
    },
    "TestWrongOrder": {
        "test_the_oldest_refresh_token_of_a_user_makes_room",
        "test_a_tie_of_age_is_decided_by_id",
        "test_the_oldest_access_token_of_a_refresh_token_makes_room",
    },
    "TestNoRollback": {
        "test_a_taken_code_leaves_no_grant_behind",
        "test_a_taken_token_spends_no_code",
        "test_a_taken_token_spends_no_refresh_token",
        "test_a_taken_token_spends_no_device_code",
        "test_a_registration_is_written_whole_or_not_at_all",
    },
    "TestMutableAuditLog": {"test_the_audit_log_only_grows"},
}


def _failed(*node_ids: str) -> set[str]:
    """The tests that fail, run by a pytest of their own."""
    options = ["-q", "--tb=no", "-rfE", "-p", "no:cacheprovider", "-p", "no:xdist"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *node_ids],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert "ERROR" not in run.stdout, run.stdout
    return set(re.findall(r"^FAILED \S+::(\w+::\w+)", run.stdout, flags=re.MULTILINE))


def test_each_break_is_caught_by_name() -> None:
    """Each named test fails on the backend that breaks its rule."""
    wanted = {f"{kind}::{test}" for kind, tests in CAUGHT_BY.items() for test in tests}

    failed = _failed(*(f"{BACKENDS}::{name}" for name in sorted(wanted)))

    assert failed == wanted


@pytest.mark.long
@pytest.mark.parametrize("kind", sorted(CAUGHT_BY))
def test_a_break_is_caught_among_all_tests(kind: str) -> None:
    """Run as a stranger would: the whole kit."""
    failed = _failed(f"{BACKENDS}::{kind}")

    assert failed >= {f"{kind}::{test}" for test in CAUGHT_BY[kind]}
