"""One writer, many writes in one commit, and each answers for itself alone."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from hub.db import Away, Database, Work
from hub.models import Workspace, new_id, now
from hub.testing.stage import Stage


def name_it(work: Work, id_: str, name: str) -> str:
    row = {"id": id_, "name": name, "created_at": now(), "settings": {}}
    work.add(Workspace, [row | {"region": "US", "language": "en", "time_zone": "UTC"}], "id")
    work.tell(name)
    return name


def names(stage: Stage) -> set[str]:
    return stage.house.db.read_now(lambda session: set(session.scalars(select(Workspace.name))))


def slowly(work: Work) -> None:
    """Keeps the writer, so that what follows shares one commit."""
    del work
    time.sleep(0.1)


async def together(db: Database, *asks: object) -> Sequence[object]:
    """Have all of *asks* written in one commit."""
    busy = asyncio.create_task(db.write(slowly))
    await asyncio.sleep(0.03)
    found = await asyncio.gather(*asks, return_exceptions=True)  # type: ignore[call-overload] # awaitables
    await busy
    return list(found)


async def test_a_bad_write_does_not_undo_its_neighbours(stage: Stage) -> None:
    db, heard = stage.house.db, list[object]()
    db.listener = heard.append

    def fail(work: Work) -> None:
        name_it(work, new_id(), "undone")
        raise KeyError("ours")

    def clash(work: Work) -> None:
        name_it(work, new_id(), "undone")
        work.session.execute(text("INSERT INTO workspace (id) VALUES (NULL)"))

    before = names(stage)
    answers = await together(
        db,
        db.write(name_it, new_id(), "first"),
        db.write(fail),
        db.write(clash),
        db.write(name_it, new_id(), "last"),
    )
    await asyncio.sleep(0)

    assert (answers[0], answers[3]) == ("first", "last")
    assert isinstance(answers[1], KeyError)
    assert isinstance(answers[2], IntegrityError)
    assert names(stage) - before == {"first", "last"}
    assert heard == ["first", "last"]


async def test_a_batch_with_a_bad_item_is_done_one_by_one(stage: Stage) -> None:
    db, sizes = stage.house.db, list[int]()

    def name_all(work: Work, given: Sequence[str]) -> list[str]:
        sizes.append(len(given))
        for one in given:
            name_it(work, new_id(), one)
            if one == "bad":
                raise ValueError("bad")
        return list(given)

    before = names(stage)
    answers = await together(db, *(db.batch(name_all, one) for one in ("a", "bad", "b")))

    assert (answers[0], answers[2]) == ("a", "b")
    assert isinstance(answers[1], ValueError)
    assert names(stage) - before == {"a", "b"}
    assert sizes == [3, 1, 1, 1]


async def test_notes_are_told_when_what_they_tell_is_true(stage: Stage) -> None:
    db, true = stage.house.db, list[bool]()
    db.listener = lambda note: true.append(str(note) in names(stage))

    await db.write(name_it, new_id(), "announced")

    assert true == [True]


async def test_nobody_hears_of_what_was_undone(stage: Stage) -> None:
    db, heard = stage.house.db, list[object]()
    db.listener = heard.append

    def half(work: Work) -> None:
        name_it(work, new_id(), "kept")
        with suppress(KeyError), work.part():
            name_it(work, new_id(), "undone")
            raise KeyError("ours")

    await db.write(half)

    assert heard == ["kept"]


async def test_writes_happen_in_the_order_in_which_they_were_asked_for(stage: Stage) -> None:
    order: list[int] = []
    db = stage.house.db

    def note(work: Work, number: int) -> None:
        del work
        order.append(number)

    await asyncio.gather(*(db.write(note, number) for number in range(400)))

    assert order == list(range(400))


async def test_a_full_room_refuses_and_forgets_nothing(stage: Stage) -> None:
    db = Database(stage.house.db.url, room=3)
    busy = asyncio.create_task(db.write(slowly))
    await asyncio.sleep(0.03)

    asked = [db.write(name_it, new_id(), str(number)) for number in range(10)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    await busy
    await db.close()

    taken = {answer for answer in answers if isinstance(answer, str)}
    refused = [answer for answer in answers if isinstance(answer, Away)]
    assert (len(taken), len(refused)) == (3, 7)
    assert taken <= names(stage)


async def test_what_waits_when_the_hub_stops_is_written_first(stage: Stage) -> None:
    db = Database(stage.house.db.url)
    busy = asyncio.create_task(db.write(slowly))
    waiting = [asyncio.create_task(db.write(name_it, new_id(), str(n))) for n in range(20)]
    await asyncio.sleep(0.03)

    await db.close()

    assert {await one for one in waiting} <= names(stage)
    with pytest.raises(Away):
        await db.write(slowly)
    await busy


async def test_whoever_goes_away_does_not_take_his_write_along(stage: Stage) -> None:
    db = stage.house.db
    busy = asyncio.create_task(db.write(slowly))
    await asyncio.sleep(0.03)
    gone = asyncio.create_task(db.write(name_it, new_id(), "kept"))
    await asyncio.sleep(0.01)
    gone.cancel()
    await busy
    await db.write(slowly)

    assert "kept" in names(stage)


async def test_a_transaction_undone_for_another_ones_sake_is_done_again(stage: Stage) -> None:
    db, sqlite = stage.house.db, stage.house.db.url.startswith("sqlite")
    if sqlite:
        pytest.skip("SQLite has one writer: there is no other one")
    one, two = new_id(), new_id()
    for id_ in (one, two):
        db.write_now(name_it, id_, "before")
    other = Database(db.url)

    def rename(work: Work, first: str, second: str, name: str) -> None:
        for id_ in (first, second):
            work.session.execute(
                text("UPDATE workspace SET name = :name WHERE id = :id"), {"name": name, "id": id_}
            )
            time.sleep(0.2)

    await asyncio.gather(db.write(rename, one, two, "a"), other.write(rename, two, one, "b"))
    await other.close()

    assert len(names(stage) & {"a", "b"}) == 1


async def test_a_connection_that_breaks_in_the_midst_is_not_the_askers_fault(
    stage: Stage,
) -> None:
    db = stage.house.db
    if db.url.startswith("sqlite"):
        pytest.skip("a file has no connection that could break")

    def cut(work: Work) -> None:
        name_it(work, new_id(), "lost")
        work.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    answers = await together(
        db, db.write(name_it, new_id(), "lost"), db.write(cut), db.write(name_it, new_id(), "lost")
    )

    assert [type(answer) for answer in answers] == [Away, Away, Away]
    assert "lost" not in names(stage)
    assert await db.write(name_it, new_id(), "found") == "found"
