"""Who has this number? One indexed question to our own contacts, asked at every ring."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from hub.contract.phone import Caller
from hub.core.matching import Candidate, Match

MOST = 50
"""Candidates that are looked at: a switchboard's number may belong to thousands."""

# Written out, not composed: the telephone rings while this runs, and composing costs more than
# asking. Two indexes answer it, (workspace_id, number) and (workspace_id, tail).
_ASK = f"""
SELECT f.id, f.name, f.company, f.number, f.exact, f.system, f.chosen,
       (SELECT k.answered_at FROM call k
         WHERE k.workspace_id = :workspace AND k.contact_id = f.id AND k.answered_at IS NOT NULL
         ORDER BY k.started_at DESC LIMIT 1) AS spoken
  FROM (SELECT c.id, c.name, c.company, p.number, p.exact, n.system,
               CASE WHEN h.id IS NULL THEN 0 ELSE 1 END AS chosen
          FROM (SELECT contact_id, number, 1 AS exact FROM contact_phone
                 WHERE workspace_id = :workspace AND number = :number
                 UNION ALL
                SELECT contact_id, number, 0 AS exact FROM contact_phone
                 WHERE workspace_id = :workspace AND tail = :tail AND number <> :number) p
          JOIN contact c ON c.workspace_id = :workspace AND c.id = p.contact_id
                        AND c.staged IS NULL AND c.deleted_at IS NULL
          JOIN connection n ON n.workspace_id = :workspace AND n.id = c.connection_id
                           AND n.disabled_at IS NULL
          LEFT JOIN choice h ON h.workspace_id = :workspace AND h.number = :key
                            AND h.contact_id = c.id
         ORDER BY p.exact DESC, chosen DESC, c.id
         LIMIT {MOST}) f
 ORDER BY f.exact DESC, f.chosen DESC, f.id
"""  # noqa: S608 - nothing from outside is in it
_NAMES = ("workspace", "number", "tail", "key")


def _for_psycopg(statement: str) -> str:
    for name in _NAMES:
        statement = statement.replace(f":{name}", f"%({name})s")
    return statement


STATEMENTS: Mapping[str, str] = {"sqlite": _ASK, "postgresql": _for_psycopg(_ASK)}
"""The question by SQLAlchemy's name of the database."""


def key(caller: Caller) -> str:
    """Under which an agent's choice for *caller* is kept: E.164, else the text as it came."""
    return caller.e164 or caller.raw.strip()[:40]


def names(workspace_id: str, caller: Caller) -> dict[str, str]:
    """The values for `STATEMENTS`."""
    return {
        "workspace": workspace_id,
        "number": caller.e164 or "",
        "tail": caller.tail or "",
        "key": key(caller),
    }


def candidates(session: Session, workspace_id: str, caller: Caller) -> list[Candidate]:
    """All who have *caller*'s number, or its last nine digits; exact ones first.

    Nobody of a running import, nobody deleted, nobody of a connection that was switched off.
    """
    if not caller.tail:
        return []
    connection = session.connection()
    rows = connection.exec_driver_sql(
        STATEMENTS[connection.dialect.name], names(workspace_id, caller)
    ).fetchall()
    found: dict[str, Candidate] = {}
    for row in rows:
        found.setdefault(row[0], _candidate(row))
    return list(found.values())


def _candidate(row: Sequence[Any]) -> Candidate:
    id_, name, company, number, exact, system, chosen, spoken = row
    return Candidate(
        contact_id=id_,
        name=name,
        company=company,
        number=number,
        exact=bool(exact),
        source=system,
        chosen=bool(chosen),
        last_spoken=_epoch(spoken),
    )


def _epoch(value: str | datetime | None) -> float:
    """SQLite keeps a time as text in UTC; PostgreSQL gives an aware datetime."""
    if value is None:
        return 0.0
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def evidence(found: Match) -> dict[str, Any]:
    """What `Call.evidence` keeps of a match: the reason, and the best candidates."""
    names = ("contact_id", "name", "company", "number", "exact", "source", "chosen")
    return {
        "why": found.evidence,
        "candidates": [
            {name: getattr(one, name) for name in names} for one in found.candidates[:9]
        ],
    }
