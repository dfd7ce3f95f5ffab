"""What every folder under `connectors/` must pass, against its own twin on loopback.

    from hub.testing.connectors import Check, checks

    @pytest.mark.parametrize("check", checks(my_connector), ids=str)
    def test_my_connector_keeps_the_contract(check: Check) -> None:
        check()

The twin is the module `<my_connector>.twin`; `hub.contract.twins` says what it offers: an async
context manager `start()` that gives a `Running` with the settings that open a connection to it,
settings that it refuses, addresses that it refuses, and a `state` that takes a `Fault` and shows
what arrived. Nothing here needs pytest: a broken promise raises `Broken`, an AssertionError.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType

from hub.contract.connectors import (
    PROTOCOLS,
    Ability,
    ConnectorManifest,
    Contact,
    ContactPhone,
    Fetches,
    OutgoingCall,
    OutgoingMessage,
    Receipt,
)
from hub.contract.errors import (
    BadSetting,
    Misconfigured,
    RemoteError,
    RemoteUnavailable,
    RemoteUncertain,
)
from hub.contract.events import Channel
from hub.contract.twins import Fault
from hub.testing.cases import (
    PATIENCE,
    RECIPIENTS,
    Able,
    Case,
    call,
    lookalikes,
    messages,
    overheard,
)
from hub.testing.webhooks import Broken, Check

_GRACE = 1.0  # seconds past its deadline, on a busy machine
_SECRET_WORDS = ("password", "token", "secret", "api_key")

Promise = Callable[[Case], Awaitable[None]]


def checks(connector: ModuleType) -> list[Check]:
    """Every promise of *connector*, as something to call."""
    return [
        Check(name=promise.__name__, run=partial(_keep, promise, connector))
        for promise in _promises(connector.MANIFEST)
    ]


def _promises(manifest: ConnectorManifest) -> Iterator[Promise]:
    for ability, promises in _PROMISES.items():
        if ability is None or ability in manifest.abilities:
            yield from promises
    if not manifest.embedded:
        yield from _REMOTE
        yield from _REMOTE_SEND if Ability.SEND in manifest.abilities else ()


def _keep(promise: Promise, connector: ModuleType) -> None:
    twin = importlib.import_module(f"{connector.__name__}.twin")

    async def story() -> None:
        async with twin.start() as running:
            case = Case(connector, running)
            with overheard(case.said):
                await promise(case)
        told = [line for line in case.said if any(secret in line for secret in case.secrets())]
        _expect(not told, f"it gives a secret away: {told}")

    asyncio.run(story())


# --- Every connector ----------------------------------------------------------------------------


async def abilities_are_those_declared(case: Case) -> None:
    """What `open` gives implements the Protocols of the manifest's abilities, and no more."""
    opened = case.open()
    found = {ability for ability, protocol in PROTOCOLS.items() if isinstance(opened, protocol)}
    await opened.close()
    declared = case.manifest.abilities
    _expect(found == declared, f"declared {sorted(declared)}, implemented {sorted(found)}")


async def manifest_is_sane(case: Case) -> None:
    """Named like its folder, each setting explained, secrets marked, channels only with SEND."""
    manifest = case.manifest
    _expect(manifest.name == case.module.__name__.rpartition(".")[2], "not named like its folder")
    _expect(bool(manifest.title and manifest.summary), "title or summary is empty")
    for setting in manifest.settings:
        _expect(bool(setting.label and setting.help), f"{setting.name} has no label or no help")
        looks_secret = setting.name.endswith(_SECRET_WORDS)
        _expect(setting.secret or not looks_secret, f"{setting.name} is not marked as secret")
    _expect(bool(manifest.channels) is (Ability.SEND in manifest.abilities), "channels, SEND?")


async def doc_names_every_setting(case: Case) -> None:
    """doc.md walks the administrator through all that the form asks for."""
    text = (Path(str(case.module.__file__)).parent / "doc.md").read_text("utf-8")
    missing = [setting.label for setting in case.manifest.settings if setting.label not in text]
    _expect(not missing, f"doc.md does not say: {missing}")


async def required_settings_are_required(case: Case) -> None:
    """Without one of them `open` raises BadSetting, which names it."""
    for setting in case.manifest.settings:
        if setting.required:
            found = await case.outcome(_nothing, **{setting.name: ""})
            _expect(isinstance(found, BadSetting), f"no {setting.name}: {found!r}")
            _expect(setting.name in str(found), f"the error does not name {setting.name}")


async def closing_twice_is_harmless(case: Case) -> None:
    """Also without ever having been used."""
    for use in (False, True):
        opened = case.open()
        if use and Ability.CHECK in case.manifest.abilities:
            await opened.check()
        await opened.close()
        await opened.close()


async def check_gives_a_sentence(case: Case) -> None:
    """A working account is told so, in one sentence."""
    said = await case.ask(_check)
    _expect(isinstance(said, str) and said.endswith("."), f"no sentence: {said!r}")


# --- Abilities ----------------------------------------------------------------------------------


async def one_send_makes_one_message(case: Case) -> None:
    """On every channel, to the one that was meant, with the text that was meant."""
    for number, message in enumerate(messages(case.manifest, case.running), start=1):
        receipt = await case.ask(_send(message))
        arrived = case.running.state.messages
        _expect(isinstance(receipt, Receipt) and bool(receipt.provider_ref), f"{receipt!r}")
        _expect(len(arrived) == number, f"{len(arrived)} messages after {number} sends")
        _expect(message.recipient in arrived[-1].recipient, "it went to somebody else")
        _expect(arrived[-1].ref == receipt.provider_ref, "the receipt is for something else")


async def a_sent_message_is_never_called_absent(case: Case) -> None:
    """`seek` finds it or says that it cannot know; before the send it finds nothing."""
    for message in messages(case.manifest, case.running):
        before = await case.outcome(_seek(message))
        await case.ask(_send(message))
        after = await case.outcome(_seek(message))
        _expect(before is None or isinstance(before, RemoteUncertain), f"before: {before!r}")
        _expect(isinstance(after, Receipt | RemoteUncertain), f"after: {after!r}")


async def refused_addresses_are_told_apart(case: Case) -> None:
    """Each address that the vendor refuses becomes the error that the twin names."""
    for message in messages(case.manifest, case.running):
        for address, kind in case.running.refuses.items():
            if message.channel is Channel.WHATSAPP or ("@" in address) != (
                message.channel is Channel.EMAIL
            ):
                continue
            found = await case.outcome(_send(replace(message, recipient=address)))
            _expect(type(found) is kind, f"{address}: {found!r}, not {kind.__name__}")
    _expect(not case.running.state.messages, "sent all the same")


async def a_call_is_logged_once(case: Case) -> None:
    """Twice the same `ref` is one entry, and the same answer."""
    missed = call()
    first = await case.ask(lambda opened: opened.log_call(missed))
    second = await case.ask(lambda opened: opened.log_call(replace(missed, note="called back")))
    _expect(len(case.running.state.logged) == 1, f"{len(case.running.state.logged)} entries")
    _expect(first.remote_id == second.remote_id, "two ids for one call")


async def a_person_is_made_once_and_found(case: Case) -> None:
    """A look-up makes nobody; the same person made twice is one."""
    number = RECIPIENTS[Channel.SMS]
    ann = Contact(remote_id="ann-1", name="Ann", phones=(ContactPhone(number=number),))
    nobody = await case.ask(lambda opened: opened.find(number))
    await case.ask(lambda opened: opened.create(ann))
    await case.ask(lambda opened: opened.create(ann))
    found = await case.ask(lambda opened: opened.find(number))
    _expect(list(nobody) == [], f"found before anybody was there: {nobody!r}")
    _expect([person.name for person in found] == ["Ann"], f"found: {found!r}")


async def a_call_can_be_started(case: Case) -> None:
    """It gives the vendor's id of the call."""
    settings = case.running.settings
    wanted = OutgoingCall(
        ref="dial-1",
        agent_number="+12025550144",
        number="+12025550145",
        caller_id=settings.get("from", ""),
        answer_url="http://127.0.0.1:9/answer",
        status_url="http://127.0.0.1:9/status",
    )
    _expect(bool(await case.ask(lambda opened: opened.dial(wanted))), "no id")


async def credentials_go_to_the_vendor_alone(case: Case) -> None:
    """A URL that only looks like the vendor's gets no header; one of its hosts does."""
    opened = case.open()
    _expect(isinstance(opened, Fetches), "cannot say how a file is fetched")
    for host in case.manifest.hosts:
        _expect(bool(opened.download(f"https://{host}/a/RE1").headers), f"{host} gets none")
        for url in lookalikes(host):
            _expect(not opened.download(url).headers, f"credentials for {url}")
    await opened.close()


# --- Systems that are elsewhere -----------------------------------------------------------------


async def wrong_credentials_are_our_fault(case: Case) -> None:
    """Misconfigured: an administrator must act, and no retry would help."""
    for name, value in case.running.wrong.items():
        found = await case.outcome(_check, **{name: value})
        _expect(type(found) is Misconfigured, f"wrong {name}: {found!r}")


async def a_dead_vendor_is_unavailable(case: Case) -> None:
    """Nothing was done, so trying again is safe; and the answer comes in time."""
    twin = importlib.import_module(f"{case.module.__name__}.twin")
    async with twin.start() as gone:
        pass
    dead = Case(case.module, gone)
    questions = [_send(message) for message in messages(case.manifest, case.running)]
    for question in (_check, *questions):
        found, seconds = await dead.timed(question)
        _expect(isinstance(found, RemoteUnavailable), f"dead: {found!r}")
        _expect(seconds < PATIENCE + _GRACE, f"it took {seconds:.1f} s")


async def a_limit_is_a_reason_to_wait(case: Case) -> None:
    """RemoteUnavailable (or its RemoteLimited), with nothing sent."""
    case.running.state.fault = Fault.LIMITED
    for message in messages(case.manifest, case.running):
        found = await case.outcome(_send(message))
        _expect(isinstance(found, RemoteUnavailable), f"limited: {found!r}")
    _expect(not case.running.state.messages, "sent all the same")


async def a_bad_day_never_sends_twice(case: Case) -> None:
    """Whatever fails: an error that invites a retry is only raised when nothing was sent."""
    state = case.running.state
    for fault in (Fault.BROKEN, Fault.BROKEN_AFTER, Fault.SLOW):
        state.fault = fault
        for message in messages(case.manifest, case.running):
            before = len(state.messages)
            found, seconds = await case.timed(_send(message))
            sent = len(state.messages) - before
            _expect(isinstance(found, RemoteError), f"{fault}: {found!r}")
            _expect(isinstance(found, RemoteUncertain) or not sent, f"{fault}: {found!r}, sent")
            _expect(seconds < PATIENCE + _GRACE, f"{fault}: it took {seconds:.1f} s")


async def a_slow_vendor_is_given_up_in_time(case: Case) -> None:
    """The check keeps to its deadline."""
    case.running.state.fault = Fault.SLOW
    found, seconds = await case.timed(_check)
    _expect(isinstance(found, str | RemoteUnavailable), f"slow: {found!r}")
    _expect(seconds < PATIENCE + _GRACE, f"it took {seconds:.1f} s")


_PROMISES: Mapping[Ability | None, tuple[Promise, ...]] = {
    None: (
        abilities_are_those_declared,
        manifest_is_sane,
        doc_names_every_setting,
        required_settings_are_required,
        closing_twice_is_harmless,
    ),
    Ability.CHECK: (check_gives_a_sentence,),
    Ability.CREATE: (a_person_is_made_once_and_found,),
    Ability.LOG_CALL: (a_call_is_logged_once,),
    Ability.SEND: (
        one_send_makes_one_message,
        a_sent_message_is_never_called_absent,
        refused_addresses_are_told_apart,
    ),
    Ability.DIAL: (a_call_can_be_started,),
    Ability.FETCH: (credentials_go_to_the_vendor_alone,),
}
_REMOTE = (
    wrong_credentials_are_our_fault,
    a_dead_vendor_is_unavailable,
    a_slow_vendor_is_given_up_in_time,
)
_REMOTE_SEND = (a_limit_is_a_reason_to_wait, a_bad_day_never_sends_twice)


def _expect(kept: bool, otherwise: str) -> None:  # noqa: FBT001 (as `assert` takes them)
    if not kept:
        raise Broken(otherwise)


async def _nothing(_opened: Able) -> None:
    """Being opened is all."""


async def _check(opened: Able) -> str:
    return await opened.check()


def _send(message: OutgoingMessage) -> Callable[[Able], Awaitable[Receipt]]:
    return lambda opened: opened.send(message)


def _seek(message: OutgoingMessage) -> Callable[[Able], Awaitable[Receipt | None]]:
    return lambda opened: opened.seek(message)
