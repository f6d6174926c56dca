"""What the benchmark's page says about figures that are given."""

from dataclasses import replace

from benchmarks.goals import goal_rows, single_goals
from benchmarks.report import page
from benchmarks.results import Memory, Results, Sample, Settings, Timing

SETTINGS = Settings(
    taken_at="2026-11-23 08:00 UTC",
    seconds=2,
    rounds=1,
    machine="a machine",
    load_average=0.1,
    versions={"Python": "3.11"},
)


def sample(server: str, workload: str, rate: float, **changes: float) -> Sample:
    return replace(
        Sample(
            server=server,
            workload=workload,
            round=0,
            requests=1000,
            rate=rate,
            cpu_ms=0.2,
            loop_ms=10.0,
            p50_ms=8.0,
            p99_ms=20.0,
            rss_before_mb=50.0,
            rss_after_mb=60.0,
        ),
        **changes,
    )


def words(results: Results) -> dict[str, list[str]]:
    return {name: [str(each) for each in verdicts] for name, verdicts in goal_rows(results)}


def test_a_rate_below_its_goal_is_shown_as_missed():
    """A page never leaves out a goal that was not reached."""
    samples = [
        sample("qscope-starlette-uvicorn-1", "T1", 3000),
        sample("qscope-starlette-uvicorn-1", "T2", 3000),
        sample("node-oidc-provider", "T1", 1000),
        sample("node-oidc-provider", "T2", 2500),
    ]

    shown = words(Results(settings=SETTINGS, samples=samples))

    assert shown["rate, against node-oidc-provider"][:3] == [
        "3.0 × (at least 2.0 ×) met",
        "1.2 × (at least 1.5 ×) **missed**",
        "not measured",
    ]


def test_the_median_of_the_rounds_counts():
    """One round that another program disturbed decides nothing."""
    ours = [sample("qscope-starlette-uvicorn-1", "T1", rate) for rate in (4000, 100, 4100)]
    results = Results(settings=SETTINGS, samples=[*ours, sample("authlib-flask", "T1", 500)])

    shown = words(results)

    assert shown["rate, against Authlib and Flask"][0] == "8.0 × (at least 8.0 ×) met"


def test_litestar_is_held_to_what_hello_world_reaches_on_it():
    """Within 15 % of Starlette where the frameworks themselves allow it."""
    samples = [
        sample("qscope-starlette-uvicorn-1", "T1", 1000),
        sample("qscope-litestar-uvicorn-1", "T1", 700),
        sample("hello-starlette-uvicorn-1", "hello", 20000),
        sample("hello-litestar-uvicorn-1", "hello", 12000),
    ]

    shown = words(Results(settings=SETTINGS, samples=samples))

    assert shown["Litestar, share of Starlette"][0] == "70% (at least 60%) met"


def test_memory_that_keeps_growing_is_missed():
    """Flat means that the second half of the requests adds next to nothing."""
    memory = [
        Memory(requests=0, rss_mb=50),
        Memory(requests=500_000, rss_mb=60),
        Memory(requests=1_000_000, rss_mb=70),
    ]

    verdicts = dict(single_goals(Results(settings=SETTINGS, memory=memory)))

    assert str(verdicts["resident memory after a million requests"]).endswith(" met")
    assert str(verdicts["resident memory, second half against first"]).endswith("**missed**")


def test_a_server_that_failed_is_named_with_its_reason():
    """Figures of a server that gave a wrong answer do not count, and the page says so."""
    results = Results(
        settings=SETTINGS,
        timing=Timing(samples=10, unknown_client_ms=1.0, wrong_secret_ms=1.02),
        left_out={"django-plain": "3 of 900 failed; first wrong response: 500 a|b"},
    )

    text = page(results)

    assert "| `django-plain` | 3 of 900 failed; first wrong response: 500 a\\|b |" in text
    assert "a difference of 2.0%" in text
