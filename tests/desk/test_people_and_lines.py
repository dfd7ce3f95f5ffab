from typing import Any

import pytest

from hub import registry
from hub.contract.connectors import Ability
from hub.contract.errors import BadSetting
from hub.core.rules import to_dict
from hub.crypto import Safe
from hub.db import Database
from hub.desk import connections, lines, people, rules
from hub.desk.errors import Conflict
from hub.desk.lines import LineDraft
from hub.desk.people import UserDraft
from hub.lines import load
from hub.models import Line, Role

SAFE = Safe(["a key for the tests"])


def _provider(**wanted: object) -> str:
    """The name of a phone system whose manifest says so."""
    return next(
        name
        for name, module in registry.webhooks().items()
        if all(getattr(module.MANIFEST, key) == value for key, value in wanted.items())
    )


def test_an_address_is_taken_once(db: Database, ws: str) -> None:
    db.write_now(people.add, ws, "Anna@Example.com", UserDraft(role=Role.ADMIN))

    with pytest.raises(Conflict, match="is already a user"):
        db.write_now(people.add, ws, "anna@example.com", UserDraft())


@pytest.mark.parametrize(
    ("email", "draft"),
    [
        ("anna", UserDraft()),
        ("anna@localhost", UserDraft()),
        ("anna@example.com", UserDraft(number="12")),
        ("anna@example.com", UserDraft(password="short")),
    ],
)
def test_a_senseless_user_is_refused(db: Database, ws: str, email: str, draft: UserDraft) -> None:
    with pytest.raises(BadSetting):
        db.write_now(people.add, ws, email, draft)


def test_a_national_number_is_read_by_its_region(db: Database, ws: str) -> None:
    made = db.write_now(
        people.add, ws, "anna@example.com", UserDraft(number="020 7946 0123"), region="GB"
    )

    assert made.number == "+442079460123"


def test_a_token_is_known_until_it_is_revoked(db: Database, ws: str) -> None:
    id_, token = db.write_now(people.add_token, ws, Role.MANAGER)
    known = db.read_now(people.check_token, token)
    db.write_now(people.revoke_token, ws, id_)

    assert known is not None
    assert (known.role, known.workspace_id) == (Role.MANAGER, ws)
    assert db.read_now(people.check_token, token) is None
    assert db.read_now(people.check_token, "") is None


def test_an_old_secret_stays_valid_until_it_is_dropped(db: Database, ws: str) -> None:
    provider = _provider(generates_secret=True)
    line = db.write_now(lines.add, SAFE, ws, provider, LineDraft(), secret="first").line
    db.write_now(lines.rotate, SAFE, ws, line.id, "second")
    during = db.read_now(load, SAFE, Line.id == line.id)
    db.write_now(lines.drop_old, SAFE, ws, line.id)
    after = db.read_now(load, SAFE, Line.id == line.id)

    assert during is not None
    assert during.secrets.all == ("second", "first")
    assert after is not None
    assert after.secrets.all == ("second",)


def test_a_secret_is_made_up_where_we_may_choose_it(db: Database, ws: str) -> None:
    made = db.write_now(lines.add, SAFE, ws, _provider(generates_secret=True), LineDraft())

    assert made.secret.startswith("whsec_")
    assert made.secret not in repr(made)
    with pytest.raises(BadSetting, match="secret is empty"):
        db.write_now(lines.add, SAFE, ws, _provider(generates_secret=False), LineDraft())


def test_the_first_lines_region_becomes_the_workspaces(db: Database, ws: str) -> None:
    provider = _provider(generates_secret=True)
    first = db.write_now(lines.add, SAFE, ws, provider, LineDraft(region="gb")).line
    second = db.write_now(lines.add, SAFE, ws, provider, LineDraft()).line

    assert (first.region, second.region) == ("GB", "GB")


@pytest.mark.parametrize(
    ("plan", "kept"),
    [
        ({"seconds": "30", "record": "yes"}, {"seconds": 30, "record": True}),
        ({"strategy": "sequential"}, {"strategy": "sequential"}),
        ({"forward": "020 7946 0123"}, {"forward": "+442079460123"}),
    ],
)
def test_a_ring_plan_is_kept_as_it_is_meant(
    db: Database, ws: str, plan: dict[str, Any], kept: dict[str, Any]
) -> None:
    draft = LineDraft(region="GB", plan=plan)
    made = db.write_now(lines.add, SAFE, ws, _provider(generates_secret=True), draft).line

    assert made.plan == kept


@pytest.mark.parametrize(
    "plan",
    [{"second": 3}, {"seconds": 1}, {"strategy": "all"}, {"agents": ["nobody"]}, {"forward": "x"}],
)
def test_a_senseless_ring_plan_is_refused(db: Database, ws: str, plan: dict[str, Any]) -> None:
    with pytest.raises(BadSetting, match="plan"):
        db.write_now(lines.add, SAFE, ws, _provider(generates_secret=True), LineDraft(plan=plan))


def _caller_back() -> tuple[str, dict[str, str]]:
    """A system that calls back, and settings that open it."""
    name, module = next(
        (name, module)
        for name, module in registry.connectors().items()
        if module.MANIFEST.webhook and Ability.SEND in module.MANIFEST.abilities
    )
    values = {"account_sid": "AC" + "0" * 32, "auth_token": "secret", "from": "+12025550100"}
    names = {setting.name for setting in module.MANIFEST.settings}
    return name, {key: value for key, value in values.items() if key in names}


def test_a_system_that_calls_back_has_a_line_that_hears_it(db: Database, ws: str) -> None:
    system, settings = _caller_back()
    made = db.write_now(connections.add, SAFE, ws, system, settings)
    again = db.write_now(connections.add, SAFE, ws, system, settings)
    [line] = db.read_now(lines.lines, SAFE, ws)
    facts = db.read_now(load, SAFE, Line.id == line.id)

    assert made.line_id == again.line_id == line.id
    assert line.number == "+12025550100"
    assert facts is not None
    assert facts.secrets.current == "secret"


def test_secrets_are_neither_shown_nor_kept_in_the_open(db: Database, ws: str) -> None:
    system, settings = _caller_back()
    made = db.write_now(connections.add, SAFE, ws, system, settings)
    row = db.read_now(connections.row, ws, made.id)

    assert "secret" not in str(made.settings)
    assert made.hidden == ("auth_token",)
    assert b"secret" not in row.secrets


def test_unknown_and_missing_settings_are_named(db: Database, ws: str) -> None:
    system, settings = _caller_back()

    with pytest.raises(BadSetting, match="'colour'; there are: "):
        db.write_now(connections.add, SAFE, ws, system, {**settings, "colour": "red"})
    with pytest.raises(BadSetting, match="needs account_sid"):
        db.write_now(connections.add, SAFE, ws, system, {"auth_token": "x"})
    with pytest.raises(BadSetting, match="there are: "):
        db.write_now(connections.add, SAFE, ws, "nowhere", {})


def test_a_rule_runs_when_it_is_published_and_each_version_is_kept(db: Database, ws: str) -> None:
    first = db.read_now(rules.get, ws)
    one = db.write_now(rules.publish, ws, "me")
    same = db.write_now(rules.publish, ws, "me")
    plain = to_dict(one.draft)
    plain["wait"] = {"seconds": 5, "quiet_hours": "none"}
    draft = db.write_now(rules.save, ws, plain, "me")
    two = db.write_now(rules.publish, ws, "me")

    assert (first.published, one.published, same.published, two.published) == (None, 1, 1, 2)
    assert draft.pending
    assert not two.pending
    assert [row.number for row in db.read_now(rules.versions, ws)] == [2, 1]
