"""The suite itself: a suite that takes anything proves nothing."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

import connectors.smtp as sound
from connectors.smtp import twin
from connectors.smtp.client import Smtp
from hub.contract.connectors import Ability, Account, OutgoingMessage, Receipt
from hub.contract.errors import RemoteError, RemoteUnavailable, RemoteUncertain
from hub.contract.events import MessageStatus
from hub.testing import connectors as suite
from hub.testing.cases import Case, overheard
from hub.testing.webhooks import Broken

Promise = Callable[[Case], Awaitable[None]]


class Careless(Smtp):
    """Takes a lost answer for a vendor that was away, so that the hub would send again."""

    async def send(self, message: OutgoingMessage) -> Receipt:
        try:
            return await super().send(message)
        except RemoteUncertain as error:
            raise RemoteUnavailable(str(error)) from error


class Stubborn(Smtp):
    """Sends twice, to be sure."""

    async def send(self, message: OutgoingMessage) -> Receipt:
        await super().send(message)
        return await super().send(message)


class Forgetful(Smtp):
    """Knows for sure what it cannot know."""

    async def seek(self, message: OutgoingMessage) -> Receipt | None:
        return None if message.ref else await super().seek(message)


class Lying(Smtp):
    """Has sent what it never sent."""

    async def send(self, message: OutgoingMessage) -> Receipt:
        return Receipt(provider_ref=message.ref, status=MessageStatus.SENT)


class Patient(Smtp):
    """Waits longer than it was told to."""

    def __init__(self, account: Account) -> None:
        super().__init__(replace(account, timeout=account.timeout + 2))


class Vague(Smtp):
    """Calls every refusal the same."""

    async def send(self, message: OutgoingMessage) -> Receipt:
        try:
            return await super().send(message)
        except RemoteError as error:
            raise RemoteError(str(error)) from error

    async def check(self) -> str:
        try:
            return await super().check()
        except RemoteError as error:
            raise RemoteUnavailable(str(error)) from error


class Talkative(Smtp):
    """Writes its password into the log."""

    async def check(self) -> str:
        logging.getLogger("talkative").debug("signing in as %s", self._login)
        return await super().check()


def of(kind: type[Smtp], **changes: Any) -> ModuleType:
    """The sound connector with *kind* in its place."""
    found = ModuleType(sound.__name__)
    found.__dict__.update(vars(sound), open=kind, **changes)
    return found


@asynccontextmanager
async def case_of(module: ModuleType) -> AsyncIterator[Case]:
    async with twin.start() as running:
        yield Case(module, running)


@pytest.mark.parametrize(
    ("kind", "promise"),
    [
        (Careless, suite.a_bad_day_never_sends_twice),
        (Stubborn, suite.one_send_makes_one_message),
        (Lying, suite.one_send_makes_one_message),
        (Forgetful, suite.a_sent_message_is_never_called_absent),
        (Patient, suite.a_bad_day_never_sends_twice),
        (Vague, suite.refused_addresses_are_told_apart),
        (Vague, suite.wrong_credentials_are_our_fault),
    ],
)
def test_a_connector_that_breaks_a_promise_is_found(kind: type[Smtp], promise: Promise) -> None:
    async def run() -> None:
        async with case_of(of(kind)) as case:
            await promise(case)

    with pytest.raises(Broken):
        asyncio.run(run())


def test_a_connector_that_declares_more_than_it_can_is_found() -> None:
    manifest = replace(sound.MANIFEST, abilities=frozenset(Ability))

    async def run() -> None:
        async with case_of(of(Smtp, MANIFEST=manifest)) as case:
            await suite.abilities_are_those_declared(case)

    with pytest.raises(Broken, match="declared"):
        asyncio.run(run())


def test_a_secret_setting_that_is_not_marked_is_found() -> None:
    settings = tuple(replace(setting, secret=False) for setting in sound.MANIFEST.settings)

    async def run() -> None:
        async with case_of(of(Smtp, MANIFEST=replace(sound.MANIFEST, settings=settings))) as case:
            await suite.manifest_is_sane(case)

    with pytest.raises(Broken, match="password"):
        asyncio.run(run())


def test_a_connector_that_gives_its_password_away_is_found() -> None:
    checks = {check.name: check for check in suite.checks(of(Talkative))}

    with pytest.raises(Broken, match="gives a secret away"):
        checks["check_gives_a_sentence"]()


def test_what_is_logged_is_overheard_and_the_log_left_as_it_was() -> None:
    said: list[str] = []
    level = logging.getLogger().level

    with overheard(said):
        logging.getLogger("somewhere").debug("a whisper")

    assert said == ["a whisper"]
    assert logging.getLogger().level == level
