"""Lines of the log: one event each, whose fields no request can forge."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qscope_integrations.core.kernel.log import BEARER_REFUSED, EVENTS, REQUEST_REFUSED, LogEvent
from tests.refusals import FIELDS, REFUSALS, parsed

HOSTILE = st.text() | st.text(alphabet="\"'\\= \n\r\t-a\u2028\u202e\x1b")
LONGEST = 200
"""Characters of a value that are shown."""


@pytest.fixture
def own_event() -> Iterator[LogEvent]:
    """An event that only a test has."""
    yield LogEvent("tested", logging.INFO, "A test.", ("one", "two"))
    del EVENTS["tested"]


@given(client=HOSTILE | st.none(), path=HOSTILE, reason=HOSTILE)
@example(client="a\nrequest_refused ray_id=forged", path="/x", reason="r")
@example(client="a client=admin", path="/x?reason=none", reason='it\'s "quoted" \\')
@example(client="-", path="", reason="'")
@example(client="\u2028a\x85b\x1b[2J", path="\ud800", reason="=")
def test_no_value_forges_a_line_or_a_field(client: str | None, path: str, reason: str) -> None:
    """A client id, a path and the text of an error come from outside."""
    values = {
        "ray_id": "0123456789",
        "endpoint": path,
        "client": client,
        "status": 400,
        "error_code": "invalid_request",
        "reason": reason,
    }

    text = REQUEST_REFUSED.text(values)

    assert text.isascii()
    assert text.isprintable()
    event, fields = parsed(text)
    assert event == "request_refused"
    assert tuple(fields) == FIELDS
    assert fields == {
        "ray_id": "0123456789",
        "endpoint": path[:LONGEST],
        "client": None if client is None else client[:LONGEST],
        "status": "400",
        "error_code": "invalid_request",
        "reason": reason[:LONGEST],
    }


@given(value=st.integers() | st.floats() | st.lists(st.text()) | st.binary())
def test_a_value_of_another_type_forges_nothing_either(value: Any) -> None:
    """What is logged is what it looks like as text."""
    fields = dict.fromkeys(FIELDS, "x") | {"reason": value}

    assert parsed(BEARER_REFUSED.text(fields))[1]["reason"] == str(value)[:LONGEST]


def test_a_field_without_a_value_is_an_error(own_event: LogEvent) -> None:
    """The fields of an event are fixed, so that a line can be searched for any of them."""
    with pytest.raises(KeyError):
        own_event.text({"one": 1})


@pytest.mark.usefixtures("own_event")
def test_two_events_can_not_have_one_name() -> None:
    """The name says what the fields are."""
    with pytest.raises(ValueError, match="tested"):
        LogEvent("tested", logging.INFO, "Another.", ())


def test_every_refusal_has_the_same_fields() -> None:
    """Ray id, endpoint, client and reason; the suites look for exactly these events."""
    assert {name for name, event in EVENTS.items() if "reason" in event.fields} - {
        "prune_unavailable"
    } == REFUSALS
    assert {EVENTS[name].fields for name in REFUSALS} == {FIELDS}
