from collections.abc import Callable
from typing import Any

import pytest

Hub = Callable[..., Any]


def test_the_workspace_changes_only_in_what_is_given(hub: Hub) -> None:
    before = hub("workspace", "show", "--json").json
    changed = hub(
        "workspace", "set", "--name", "Chrispresso", "--region", "gb", "--language", "it",
        "--time-zone", "Europe/London", "--settle-seconds", "5", "--json",
    ).json  # fmt: skip
    after = hub("workspace", "set", "--time-zone", "Europe/Rome", "--json").json

    assert (before["region"], before["settle_seconds"], before["blocked"]) == ("US", 20.0, [])
    assert (changed["name"], changed["region"], changed["language"]) == ("Chrispresso", "GB", "it")
    assert (changed["time_zone"], changed["settle_seconds"]) == ("Europe/London", 5.0)
    assert after == {**changed, "time_zone": "Europe/Rome"}


def test_a_caller_is_blocked_and_let_in_again(hub: Hub) -> None:
    words = ("--block", "(202) 555-0143", "--block", "+442079460100")
    blocked = hub("workspace", "set", *words, *words, "--json").json
    told = hub("workspace", "show").out
    left = hub("workspace", "set", "--unblock", "+12025550143", "--json").json

    assert blocked["blocked"] == ["+12025550143", "+442079460100"]
    assert "+12025550143, +442079460100" in told
    assert left["blocked"] == ["+442079460100"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--region", "ZZ"), "two letters"),
        (("--language", "tlh"), "is no language of the hub"),
        (("--time-zone", "Rome"), "Europe/Rome"),
        (("--block", "12"), "the blocked number '12' is no telephone number"),
        (("--unblock", "+12025550143"), "is not blocked; see hub workspace show"),
        (("--settle-seconds", "nan"), "0 to 3600 seconds"),
    ],
)
def test_what_a_workspace_cannot_be_is_refused_and_changes_nothing(
    hub: Hub, words: tuple[str, ...], said: str
) -> None:
    before = hub("workspace", "show", "--json").json
    ran = hub("workspace", "set", "--name", "Other", *words)

    assert (ran.code, said in ran.err) == (1, True)
    assert hub("workspace", "show", "--json").json == before
