import io
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hub import registry

Hub = Callable[..., Any]
ROOT = Path(__file__).parent.parent.parent


def _provider(*, generates: bool) -> str:
    return next(
        name
        for name, module in registry.webhooks().items()
        if module.MANIFEST.generates_secret is generates
    )


def test_a_user_is_added_with_options_before_and_after(hub: Hub) -> None:
    before = hub("user", "add", "--json", "--role", "manager", "anna@example.com")
    after = hub("user", "add", "bo@example.com", "--number", "+12025550144", "--json")

    assert before.code == after.code == 0
    assert before.json["role"] == "manager"
    assert {"id", "email", "role", "number"} <= set(after.json)
    assert (after.json["role"], after.json["number"]) == ("agent", "+12025550144")


def test_a_password_is_read_from_the_input(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    refused = hub("user", "add", "anna@example.com", "--password-stdin")
    monkeypatch.setattr(sys, "stdin", io.StringIO("a long password\n"))
    taken = hub("user", "add", "anna@example.com", "--password-stdin", "--json")

    assert (refused.code, "too short" in refused.err) == (1, True)
    assert taken.code == 0


def test_a_token_is_shown_once(hub: Hub) -> None:
    made = hub("token", "add", "--role", "agent", "--json")
    listed = hub("token", "list", "--json")

    assert made.json["token"].startswith("hub_")
    assert made.json["token"] not in listed.out
    assert [one["id"] for one in listed.json["items"]] == [made.json["id"]]


def test_a_line_says_where_its_webhooks_go(hub: Hub) -> None:
    provider = _provider(generates=False)
    made = hub(
        "line", "add", provider, "--name", "Sales", "--number", "020 7946 0100",
        "--secret", "shared", "--region", "GB", "--set", "plan.seconds=30", "--json",
    ).json  # fmt: skip

    assert made["webhook_url"] == f"https://hub.example/hooks/{provider}/{made['key']}"
    assert made["number"] == "+442079460100"
    assert {place["url"] for place in made["places"]} >= {made["webhook_url"]}
    assert "shared" not in str(made)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("user", "add", "nobody"), 1, "no e-mail address"),
        (("user", "add", "a@example.com", "--number", "12"), 1, "no telephone number"),
        (("user", "add", "a@example.com", "--role", "boss"), 2, "'manager'"),
        (("token", "add"), 2, "--role"),
        (("line", "add", "nobody", "--secret", "x"), 1, "there are: "),
        (("line", "add", "PROVIDER", "--secret", ""), 1, "the secret is empty"),
        (("line", "add", "PROVIDER", "--secret", "x", "--region", "ZZ"), 1, "no region"),
        (("line", "add", "PROVIDER", "--secret", "x", "--set", "a"), 1, "NAME=VALUE"),
        (("line", "add", "PROVIDER", "--secret", "x", "--set", "a=1"), 1, "has no setting 'a'"),
        (("connection", "add", "nobody"), 1, "there are: "),
        (("contact", "import", "nothing.csv"), 2, "does not exist"),
        (("rules", "set", "--quiet-hours", "late"), 1, "21:00-09:00"),
        (("rules", "set", "--quiet-hours", "09:00-09:00"), 1, "begin and end at the same time"),
        (("rules", "set", "--channels", "fax"), 1, "sms, whatsapp, email"),
        (("rules", "set", "--channels", ""), 1, "--channels"),
        (("rules", "set", "--variable", "1=x"), 1, "--template"),
        (("connection", "add", "smtp", "--set", "host=a b", "--set", "from=a@b.example"), 1,
         "host is 'a b'"),
        (("connection", "add", "smtp", "--set", "host=mail.example", "--set", "from=me"), 1,
         "from is 'me'"),
        (("replay",), 2, "--failed"),
        (("replay", "nothing"), 1, "there is no delivery"),
        (("simulate", "answered"), 1, "there is no line yet"),
        (("nothing",), 2, "No such command"),
    ],
)  # fmt: skip
def test_what_is_refused_is_one_line_that_names_the_cure(
    hub: Hub, words: tuple[str, ...], code: int, said: str
) -> None:
    provider = _provider(generates=False)
    ran = hub(*(provider if word == "PROVIDER" else word for word in words))

    assert ran.code == code
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
    assert ran.out == ""


def test_an_address_that_is_taken_is_refused(hub: Hub) -> None:
    hub("user", "add", "anna@example.com")
    ran = hub("user", "add", "anna@example.com")

    assert (ran.code, "already a user" in ran.err) == (1, True)


def test_without_tables_the_cure_is_named(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    before = hub("user", "add", "anna@example.com")
    hub("db", "upgrade")
    after = hub("user", "add", "anna@example.com")

    assert (before.code, "run: hub db upgrade" in before.err) == (1, True)
    assert after.code == 0


def test_a_database_that_is_not_there_is_one_line(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    ran = hub("token", "add", "--role", "admin")
    upgrade = hub("db", "upgrade")
    check = hub("check")

    for one in (ran, upgrade):
        assert one.code == 1
        assert "does not answer" in one.err
        assert len(one.err.splitlines()) == 1
    assert (check.code, "HUB_DATABASE_URL" in check.out) == (1, True)


def test_contacts_come_in_and_go_out_again(hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Name,Phone\nAda Example,020 7946 0101\nBo Example,none\n", "utf-8")
    done = hub("contact", "import", str(file), "--region", "GB", "--json").json
    out = hub("contact", "export", str(tmp_path / "out.csv"))
    again = hub("contact", "import", str(tmp_path / "out.csv"), "--region", "GB", "--json").json

    assert done["made"] >= 1
    assert {"rows", "made", "changed", "bad"} <= set(done)
    assert [one["line"] for one in done["bad"]] == [3]
    assert out.code == 0
    assert "+442079460101" in (tmp_path / "out.csv").read_text("utf-8")
    assert again["bad"] == []


def test_the_rule_is_set_and_shown(hub: Hub, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("Hello {{ caller.name }}, sorry!", "utf-8")
    unset = hub("rules", "show", "--json").json
    done = hub(
        "rules", "set", "--wait-seconds", "0", "--channels", "sms,email", "--text", str(text),
        "--quiet-hours", "none", "--cap-hours", "0", "--json",
    )  # fmt: skip
    rule = hub("rules", "show", "--json").json

    assert (unset["version"], unset["enabled"]) == (None, False)
    assert done.code == 0
    assert (rule["version"], rule["enabled"]) == (1, True)
    assert rule["rule"]["wait"] == {"seconds": 0, "quiet_hours": "none"}
    assert rule["rule"]["then"]["channels"] == ["sms", "email"]
    assert list(rule["rule"]["then"]["contents"]) == ["en"]


def test_a_text_that_cannot_be_filled_is_refused(hub: Hub, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("Hello {{ nobody.knows }}", "utf-8")
    ran = hub("rules", "set", "--text", str(text))

    assert (ran.code, "nobody.knows" in ran.err) == (1, True)
    assert hub("rules", "show", "--json").json["version"] is None


def test_check_lists_all_settings_and_shows_no_secret(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", "very secret indeed")
    ran = hub("check", "--json")
    names = {one["name"] for one in ran.json["settings"]}

    assert (ran.code, ran.json["ok"]) == (0, True)
    assert {"HUB_DATABASE_URL", "HUB_PUBLIC_URL", "HUB_SETTLE_SECONDS"} <= names
    assert "very secret" not in ran.out


def test_providers_and_stories_are_listed(hub: Hub) -> None:
    listed = hub("providers", "--json").json
    stories = hub("simulate", "--list", "--json").json

    assert {one["name"] for one in listed["webhooks"]} == set(registry.webhooks())
    assert {one["name"] for one in listed["connectors"]} == set(registry.connectors())
    assert "no_answer" in {one["name"] for one in stories["items"]}


def test_help_answers_at_once_and_imports_nothing_heavy() -> None:
    program = (
        "import sys; from hub.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print('sqlalchemy' in sys.modules, 'phonenumbers' in sys.modules)"
    )
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ran.stdout.splitlines()[-1] == "False False"
    assert time.monotonic() - began < 2


def test_a_key_that_opens_nothing_keeps_the_hub_from_starting(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub("line", "add", _provider(generates=False), "--secret", "shared")
    monkeypatch.setenv("HUB_SECRET_KEY", "another key than before")
    served = hub("serve", "--port", "0")
    checked = hub("check", "--json")

    assert (served.code, served.out) == (1, "")
    assert "give the key that they were sealed with" in served.err
    assert (checked.code, len(checked.json["troubles"])) == (1, 1)
    assert "HUB_SECRET_KEY" in checked.json["troubles"][0]


def test_a_mistyped_variable_is_trouble(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SETTEL_SECONDS", "3")
    ran = hub("check", "--json")

    assert (ran.code, ran.json["ok"]) == (1, False)
    assert "did you mean HUB_SETTLE_SECONDS?" in ran.json["troubles"][0]


def test_serve_without_a_database_names_the_variable(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    ran = hub("serve", "--port", "0")

    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert "see HUB_DATABASE_URL" in ran.err


def test_a_busy_port_is_named_with_the_cure(hub: Hub) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        ran = hub("serve", "--port", port)

    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert f"127.0.0.1:{port}" in ran.err
    assert "choose another --port" in ran.err


def test_a_number_belongs_to_one_line_of_a_provider(hub: Hub) -> None:
    words = ("line", "add", _provider(generates=True), "--number", "+12025550100", "--json")
    first = hub(*words).json["id"]
    second = hub(*words)
    hub("line", "disable", first)

    assert (second.code, "already the number of the line" in second.err) == (1, True)
    assert first in second.err
    assert hub(*words).code == 0


def test_a_connection_says_how_it_is_proved(hub: Hub) -> None:
    ran = hub(
        "connection", "add", "smtp", "--set", "host=mail.example", "--set", "from=a@b.example"
    )

    assert "added; prove it with: hub connection check " in ran.out


def test_a_table_without_known_columns_names_the_option(hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Wer,Wo\nAda,+12025550143\n", "utf-8")
    refused = hub("contact", "import", str(file))
    taken = hub("contact", "import", str(file), "--map", "Wer=name", "--map", "Wo=phone", "--json")

    assert (refused.code, "--map 'Wer=name'" in refused.err) == (1, True)
    assert taken.json["made"] == 1


def test_a_manager_with_a_phone_is_told_when_it_rings(hub: Hub) -> None:
    boss = hub("user", "add", "boss@example.com", "--role", "manager", "--number", "+12025550144")
    agent = hub("user", "add", "ada@example.com", "--number", "+12025550145")

    assert "plan.agents=" in boss.err
    assert agent.err == ""


def test_a_text_in_place_of_ours_leaves_none_of_ours(hub: Hub, tmp_path: Path) -> None:
    hub("rules", "set", "--wait-seconds", "5")
    ours = hub("rules", "show", "--json").json["rule"]["then"]["contents"]
    text = tmp_path / "text.txt"
    text.write_text("We call you back.", "utf-8")
    hub("rules", "set", "--text", str(text))
    english = hub("rules", "show", "--json").json["rule"]["then"]["contents"]
    hub("rules", "set", "--text", str(text), "--language", "it")
    both = hub("rules", "show", "--json").json["rule"]["then"]["contents"]

    assert {"en", "it"} <= set(ours)
    assert {name: one["text"] for name, one in english.items()} == {"en": "We call you back."}
    assert set(both) == {"en", "it"}


def test_a_template_has_variables_and_another_one_begins_without(hub: Hub) -> None:
    sid, other = "HX" + "0" * 32, "HX" + "1" * 32
    given = hub(
        "rules", "set", "--template", sid, "--variable", "1={{ workspace.name }}",
        "--variable", "2={{ call.time }}", "--json",
    ).json  # fmt: skip
    more = hub("rules", "set", "--variable", "2=soon", "--json").json
    changed = hub("rules", "set", "--template", other, "--json").json
    templates = [
        one["rule"]["then"]["contents"]["en"]["template"] for one in (given, more, changed)
    ]

    assert templates[0]["variables"] == {"1": "{{ workspace.name }}", "2": "{{ call.time }}"}
    assert templates[1]["variables"]["2"] == "soon"
    assert (templates[2]["sid"], templates[2].get("variables", {})) == (other, {})


def test_the_story_of_a_closed_line_needs_one(hub: Hub, tmp_path: Path) -> None:
    provider = _provider(generates=True)
    open_ = hub("line", "add", provider, "--json").json["id"]
    hours = tmp_path / "hours.json"
    hours.write_text('{"time_zone": "UTC", "weekly": {}}')
    closed = hub("line", "add", provider, "--calendar", str(hours), "--json").json["id"]
    refused = hub("simulate", "closed", "--line", open_)
    told = hub(
        "simulate", "closed", "--line", closed, "--to", "http://127.0.0.1:1", "--speed", "0"
    )

    assert (refused.code, "is always open: give it opening hours" in refused.err) == (1, True)
    assert "nobody answers at" in told.err


def test_a_story_is_told_in_another_dialect(hub: Hub) -> None:
    hub("line", "add", "generic", "--number", "+12025550100")
    hub("user", "add", "ada@example.com", "--number", "+12025550145")
    words = ("simulate", "busy", "--to", "http://127.0.0.1:1", "--speed", "0")
    told = hub(*words, "--dialect", "zammad")
    refused = hub(*words, "--dialect", "klingon")

    assert "nobody answers at" in told.err
    assert (refused.code, "there are: zammad" in refused.err) == (1, True)


@pytest.mark.parametrize("words", [("answered",), ("busy", "--dialect", "zammad")])
def test_a_story_without_anybody_names_the_cure(hub: Hub, words: tuple[str, ...]) -> None:
    hub("line", "add", "generic", "--number", "+12025550100")
    ran = hub("simulate", *words, "--to", "http://127.0.0.1:1", "--speed", "0")

    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert "hub user add EMAIL --role agent --number +E164" in ran.err
