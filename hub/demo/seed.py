"""Fills the demo's hub: people, lines, connections, a week of calls, and the rule."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType

from hub import flow, jobs, registry, simulate
from hub.contract.twins import Running
from hub.core import rules
from hub.db import Work
from hub.demo.people import people
from hub.desk import connections, contacts, lines, workspace
from hub.desk import people as users
from hub.desk import rules as rule_desk
from hub.desk.lines import LineDraft
from hub.desk.people import UserDraft
from hub.house import House
from hub.models import Role, now

_CLOSED = {"time_zone": "UTC", "weekly": {}}
_RECORDED = ("voicemail", "recording")
"""Stories with a sound: they need a place to fetch it from."""
_WEEK = (
    ["answered"] * 16
    + ["no_answer"] * 7
    + ["voicemail"] * 4
    + ["abandoned_in_queue"] * 3
    + ["busy"] * 2
    + ["recording"] * 5
    + ["outbound"] * 6
    + ["ring_group"] * 4
    + ["blind_transfer"] * 2
    + ["attended_transfer"] * 2
    + ["withheld"] * 2
)


@dataclass(frozen=True, slots=True)
class Stand:
    """A line of the demo: its key, and who speaks for its provider."""

    key: str
    provider: ModuleType
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What the stories need to know of the demo."""

    workspace_id: str
    visitor_id: str
    agents: tuple[tuple[str, str], ...]
    stands: tuple[Stand, ...]
    callers: tuple[str, ...]
    media_url: str


async def fill(house: House, twins: Mapping[str, Running]) -> Scene:
    """Everything that a visitor should find."""
    scene = await house.db.write(_set_up, house, twins)
    await _tell_the_week(house, scene)
    await _let_settle(house)
    await house.db.write(_publish_rule, scene.workspace_id)
    return scene


def _set_up(work: Work, house: House, twins: Mapping[str, Running]) -> Scene:
    home = workspace.ensure(work, name="Harbour & Sons")
    team = _team(work, home.id)
    stands = _stands(work, house, home.id, team, twins)
    for system, twin in twins.items():
        connections.add(
            work,
            house.safe,
            home.id,
            system,
            twin.settings,
            public_url=house.settings.public_url,
        )
    return Scene(
        workspace_id=home.id,
        visitor_id=team[0][0],
        agents=tuple(team),
        stands=tuple(stands),
        callers=tuple(_phone_book(work, home.id)),
        media_url=next((twin.media_url for twin in twins.values() if twin.media_url), ""),
    )


def _team(work: Work, workspace_id: str) -> list[tuple[str, str]]:
    """The visitor and two colleagues; user id and number."""
    team = (
        ("ada@example.com", "Ada Demo", Role.ADMIN, "+12025550111"),
        ("ben@example.com", "Ben Okafor", Role.AGENT, "+12025550112"),
        ("carla@example.com", "Carla Rossi", Role.AGENT, "+12025550113"),
        ("mia@example.com", "Mia Keller", Role.MARKETER, ""),
        ("hugo@example.com", "Hugo Walsh", Role.MANAGER, ""),
    )
    made = []
    for email, name, role, number in team:
        draft = UserDraft(name=name, role=role, number=number or None)
        made.append((users.add(work, workspace_id, email, draft, region="US").id, number))
    return [(id_, number) for id_, number in made if number]


def _stands(
    work: Work,
    house: House,
    workspace_id: str,
    team: list[tuple[str, str]],
    twins: Mapping[str, Running],
) -> list[Stand]:
    """One line per phone system that can tell stories, and one that is always closed."""
    stands: list[Stand] = []
    for module in registry.webhooks().values():
        manifest = module.MANIFEST
        twin = twins.get(manifest.system)
        names = ("Sales", "Night line") if manifest.answers_calls else ("Front desk",)
        for name in names:
            own = twin.settings["from"] if twin and name == "Sales" else ""
            draft = LineDraft(
                name=name,
                number=own or f"+1202555010{len(stands) + 3}",
                region="US",
                plan={"agents": [id_ for id_, _ in team]},
                calendar=_CLOSED if name == "Night line" else None,
            )
            secret = twin.secret if twin else ""
            made = lines.add(work, house.safe, workspace_id, manifest.name, draft, secret=secret)
            stands.append(Stand(made.line.key, module, closed=name == "Night line"))
    return stands


def _phone_book(work: Work, workspace_id: str) -> list[str]:
    """Fill it; gives the numbers of those who call."""
    numbers = []
    for person in people():
        draft = contacts.ContactDraft(
            name=person.name,
            company=person.company,
            title=person.title,
            phones=person.phones,
            emails=person.emails,
            owner=person.owner,
            tags=person.tags,
            language=person.language,
        )
        contacts.save(work, workspace_id, draft, region="US")
        numbers += [phone.number for phone in person.phones if phone.number.startswith("+1")]
    return numbers


async def _tell_the_week(house: House, scene: Scene) -> None:
    """Some fifty calls of the last six days, told as they would have come."""
    dice = random.Random(7)  # noqa: S311 - the same week each time
    stands = [stand for stand in scene.stands if not stand.closed]
    for story in dice.sample(_WEEK, len(_WEEK)):
        stand = dice.choice(stands)
        line = await house.lines.by_key(stand.key)
        if line is None or story not in {it.name for it in simulate.stories(stand.provider)}:
            continue
        sound = scene.media_url if stand.provider.MANIFEST.system else ""
        if story in _RECORDED and not sound:
            continue
        moment = _in_office_hours(dice)
        agents = tuple(dice.sample(scene.agents, len(scene.agents)))
        caller = dice.choice(scene.callers) if dice.random() > 0.15 else "+12025550199"  # noqa: PLR2004 - one in seven is new
        cast = simulate.cast_for(
            webhook_url=line.urls(house.settings.public_url)(),
            secret=line.secrets.current,
            settings=line.secrets.settings,
            called=line.number,
            agents=agents,
            caller=caller,
            media_url=sound,
            now=moment,
        )
        sends = simulate.tell(stand.provider, story, cast)
        urls = line.urls(house.settings.public_url)
        arrivals = [
            flow.arrive(line, stand.provider, send.request, urls, simulated=True) for send in sends
        ]
        await house.db.write(flow.receive, arrivals)


def _in_office_hours(dice: random.Random) -> datetime:
    """A moment of the last six days between 9 and 18, at least ten minutes ago."""
    latest = now() - timedelta(minutes=10)
    day = latest - timedelta(days=dice.randrange(6))
    moment = day.replace(hour=dice.randrange(9, 18), minute=dice.randrange(60))
    return min(moment, latest - timedelta(minutes=dice.randrange(120)))


async def _let_settle(house: House) -> None:
    doors = jobs.doors(house)
    await house.queue.drain(jobs.handlers(house, doors))
    await doors.close()


def _publish_rule(work: Work, workspace_id: str) -> None:
    """Quick, so that a visitor need not wait: five seconds after the call, at any hour."""
    rule = rules.Rule(
        wait=rules.Wait(seconds=5, quiet=None),
        unless=rules.Unless(cap_hours=0),
        then=rules.default_rule().then,
    )
    rule_desk.set_(work, workspace_id, rule, by="ada@example.com")
