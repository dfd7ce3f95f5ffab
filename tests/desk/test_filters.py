"""Which calls a list shows."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from hub.db import Database, Work
from hub.desk import workspace
from hub.desk.filters import Filters, conditions
from hub.models import Call, Line, RemoteRef, new_id, now

SETTLED: Mapping[str, Any] = {"identity": "known", "settled_at": now()}
CALLS: Mapping[str, Mapping[str, Any]] = {
    "written": SETTLED,
    "failed": SETTLED,
    "never tried": SETTLED,
    "not settled": {"identity": "known"},
    "unknown": {"settled_at": now()},
    "internal": {**SETTLED, "direction": "internal"},
}


@pytest.fixture
def calls(db: Database, ws: str) -> None:
    db.write_now(_fill, ws)


def _fill(work: Work, ws: str) -> None:
    line = Line(workspace_id=ws, id=new_id(), name="Sales", provider="generic", key="k")
    line.secrets = b""
    work.session.add(line)
    work.session.flush()
    book = workspace.phonebook(work.session, ws).id
    for name, given in CALLS.items():
        values = {"direction": "inbound", **given}
        work.session.add(
            Call(
                workspace_id=ws,
                id=new_id(),
                line_id=line.id,
                call_key=name,
                phase="ended",
                outcome="answered",
                started_at=now(),
                **values,
            )
        )
    work.session.flush()
    for name in ("written", "failed"):
        (call,) = work.session.scalars(select(Call).where(Call.call_key == name))
        work.session.add(
            RemoteRef(
                workspace_id=ws, connection_id=book, call_id=call.id, kind="call", state=name
            )
        )


def found(db: Database, ws: str, filters: Filters) -> set[str]:
    where = conditions(filters, ws, "US", "")
    return set(
        db.read_now(lambda session: session.scalars(select(Call.call_key).where(*where)).all())
    )


def test_a_known_persons_settled_call_is_not_in_the_crm_until_it_is_written(
    db: Database, ws: str, calls: None
) -> None:
    assert found(db, ws, Filters(not_in_crm=True)) == {"failed", "never tried"}
    assert found(db, ws, Filters()) == set(CALLS)


def test_the_filter_stands_in_the_address(db: Database) -> None:
    filters = Filters.from_query({"not_in_crm": "true"})

    assert filters == Filters(not_in_crm=True)
