"""The load notices every wrong answer, and follows each chain of refresh tokens."""

import shutil
import threading
from itertools import count

import pytest

from benchmarks.load import Load, LoadError, run_load

pytestmark = pytest.mark.skipif(
    shutil.which("wrk") is None, reason="wrk is not installed (make wrk installs it)"
)


def test_each_chain_is_followed_with_its_own_token(serve, tmp_path):
    """A refresh token is sent once, and the next request brings what its answer gave."""
    lock, numbers, valid, replayed = threading.Lock(), count(), set(), []
    chains = [f"start{number}" for number in range(34)]
    valid.update(chains)

    def rotate(body: str) -> tuple[int, str]:
        token = body.rpartition("=")[2]
        with lock:
            if token not in valid:
                replayed.append(token)
            valid.discard(token)
            new = f"next{next(numbers)}"
            valid.add(new)
        return 200, f'{{"access_token": "a", "refresh_token": "{new}"}}'

    load = Load(
        path="/token",
        bodies=[f"grant_type=refresh_token&refresh_token={chain}" for chain in chains],
        expected='"refresh_token"',
        follow="refresh_token",
    )
    with serve(rotate) as url:
        seen = run_load(url, load, seconds=1, scratch=tmp_path)

    assert replayed == []
    assert seen.requests > len(chains)


def test_one_wrong_response_fails_the_run(serve, tmp_path):
    """Figures that hold errors say nothing."""
    numbers = count()

    def response(_body: str) -> tuple[int, str]:
        return (503, "busy") if next(numbers) == 20 else (200, '{"access_token": "a"}')

    load = Load(path="/token", bodies=["grant_type=x"], expected='"access_token"')
    with serve(response) as url, pytest.raises(LoadError, match=r"1 of .* failed; .* 503 busy"):
        run_load(url, load, seconds=1, scratch=tmp_path)


def test_a_response_without_the_expected_text_fails_the_run(serve, tmp_path):
    """Introspection answers 200 for a token that is not good as well."""
    load = Load(path="/introspect", bodies=["token=t"], expected="true")
    with (
        serve(lambda _body: (200, '{"active": false}')) as url,
        pytest.raises(LoadError, match="active"),
    ):
        run_load(url, load, seconds=1, scratch=tmp_path)


def test_codes_that_run_out_are_named_as_the_reason(serve, tmp_path):
    """A server faster than expected must not look like one that refuses codes."""
    codes = [f"code=c{number}" for number in range(60)]
    load = Load(path="/token", bodies=codes, expected='"refresh_token"')
    with (
        serve(lambda _body: (200, '{"refresh_token": "r"}')) as url,
        pytest.raises(LoadError, match="60 prepared requests were too few"),
    ):
        run_load(url, load, seconds=1, scratch=tmp_path)
