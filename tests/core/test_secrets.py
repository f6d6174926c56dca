"""Codes and tokens, and their digests in the store."""

import hashlib
import time

import pytest

from qscope_integrations import generate_token, token_digest

TOKEN = "0193582f1c0-" + "aB3_-" * 8 + "xyz"
SHA = hashlib.sha256(TOKEN.encode()).hexdigest()


def test_a_token_begins_with_its_time_in_milliseconds() -> None:
    """Eleven hex digits and a dash, before 256 random bits."""
    before, token, after = time.time(), generate_token(), time.time()

    moment, random = token[:11], token[12:]
    assert int(before * 1000) <= int(moment, 16) <= after * 1000
    assert token[11] == "-"
    assert len(random) == 43


def test_the_digest_of_a_later_token_comes_later() -> None:
    """New rows are therefore neighbours in an index of digests."""
    tokens = []
    for _ in range(5):
        tokens.append(generate_token())
        time.sleep(0.002)

    assert sorted(map(token_digest, tokens)) == [token_digest(token) for token in tokens]


def test_the_digest_holds_the_time_and_sha256_and_nothing_else() -> None:
    """It contains none of the random bits."""
    assert token_digest(TOKEN) == "0193582f1c0" + SHA


def test_what_an_adapter_puts_in_front_leaves_the_order() -> None:
    """The whole text is hashed; the time is read after the prefix."""
    token = "shop_" + TOKEN

    assert token_digest(token) == "0193582f1c0" + hashlib.sha256(token.encode()).hexdigest()


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "x",
        "a" * 43,
        "a" * 55,
        TOKEN[1:],
        TOKEN + "x",
        TOKEN.replace("-", "_", 1),
        TOKEN.replace("f", "F", 1),
        TOKEN.replace("z", "ä"),
        "\u0660" * 11 + TOKEN[11:],
        TOKEN[:-1] + "\n",
    ],
)
def test_a_text_of_another_form_goes_by_sha256_alone(foreign: str) -> None:
    """No part of it is in the database, because any part may be the secret."""
    assert token_digest(foreign) == hashlib.sha256(foreign.encode()).hexdigest()
