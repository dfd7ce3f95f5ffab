"""Contacts and deliveries over the API."""

from typing import Any

from sqlalchemy.orm import Session

from hub.api import shapes
from hub.api.table import Ask
from hub.contract.connectors import ContactPhone
from hub.contract.errors import BadPayload
from hub.contract.payload import Payload
from hub.contract.phone import read
from hub.core.matching import Match
from hub.desk import audit, contacts, deliveries
from hub.desk.contacts import ContactDraft
from hub.desk.deliveries import DeliveryFilters
from hub.desk.views import ContactBrief, brief
from hub.desk.workspace import the_one
from hub.models import DeliveryState

Json = dict[str, Any]


async def find(ask: Ask) -> Json:
    """`GET /contacts`."""
    page = await ask.house.db.read(
        contacts.find, ask.workspace_id, ask.query.get("q", ""), ask.cursor, ask.limit
    )
    return shapes.page(page, [shapes.contact(one) for one in page.items])


async def one(ask: Ask) -> Json:
    """`GET /contacts/{id}`."""
    return shapes.contact(await ask.house.db.read(contacts.one, ask.workspace_id, ask.path["id"]))


async def make(ask: Ask) -> Json:
    """`POST /contacts`."""
    made = await ask.house.db.write(contacts.save, ask.workspace_id, draft(ask.body))
    await _audit(ask, "contact.add", made.id)
    return shapes.contact(made)


async def change(ask: Ask) -> Json:
    """`PATCH /contacts/{id}`."""
    made = await ask.house.db.write(
        contacts.save, ask.workspace_id, draft(ask.body), ask.path["id"]
    )
    await _audit(ask, "contact.change", made.id)
    return shapes.contact(made)


async def lookup(ask: Ask) -> Json:
    """`GET /contacts/lookup`."""
    number = ask.query["number"]
    region, found, known = await ask.house.db.read(_lookup, ask.workspace_id, number)
    return shapes.lookup(read(number, region=region), found, known)


async def find_deliveries(ask: Ask) -> Json:
    """`GET /deliveries`."""
    query = ask.query
    filters = DeliveryFilters(
        line_id=query.get("line_id", ""),
        state=DeliveryState(query["state"]) if "state" in query else None,
    )
    page = await ask.house.db.read(
        deliveries.find, ask.workspace_id, filters, ask.cursor, ask.limit
    )
    return shapes.page(page, [shapes.delivery(one) for one in page.items])


async def one_delivery(ask: Ask) -> Json:
    """`GET /deliveries/{id}`."""
    return shapes.delivery(
        await ask.house.db.read(deliveries.one, ask.workspace_id, ask.path["id"])
    )


async def replay(ask: Ask) -> Json:
    """`POST /deliveries/{id}/replay`."""
    found = await ask.house.db.write(
        deliveries.replay,
        ask.house.safe,
        ask.house.settings.public_url,
        ask.workspace_id,
        ask.path["id"],
    )
    await _audit(ask, "delivery.replay", found.id)
    return shapes.delivery(found)


def draft(body: Payload) -> ContactDraft:
    """What a body says of a contact; raises BadPayload with the field."""
    body.only(*contacts.TEXTS, "phones", *contacts.LISTS)
    return ContactDraft(
        name=_text(body, "name", 200),
        company=_text(body, "company", 200),
        title=_text(body, "title", 200),
        owner=_text(body, "owner", 320),
        language=_text(body, "language", 35),
        time_zone=_text(body, "time_zone", 64),
        note=_text(body, "note", 10_000),
        phones=_phones(body.get("phones")),
        emails=_texts(body.get("emails"), 50, 320),
        tags=_texts(body.get("tags"), 100, 100),
    )


def _text(body: Payload, name: str, most: int) -> str | None:
    found = body.get(name)
    return found.text(most=most) if found else None


def _texts(found: Payload | None, most: int, longest: int) -> tuple[str, ...] | None:
    if found is None:
        return None
    texts = tuple(one.text(most=longest) for one in found)
    if len(texts) > most:
        raise BadPayload(f"has more than {most} items", path=found.path)
    return texts


def _phones(found: Payload | None) -> tuple[ContactPhone, ...] | None:
    if found is None:
        return None
    phones = tuple(_phone(one) for one in found)
    if len(phones) > 50:  # noqa: PLR2004 - as the schema says
        raise BadPayload("has more than 50 items", path=found.path)
    return phones


def _phone(found: Payload) -> ContactPhone:
    """A number, or an object of number and label."""
    try:
        return ContactPhone(number=found.text(most=60))
    except BadPayload:
        found.only("number", "label")
    label = found.get("label")
    return ContactPhone(
        number=found["number"].text(most=60), label=label.text(most=40) if label else ""
    )


def _lookup(
    session: Session, workspace_id: str, number: str
) -> tuple[str, Match, ContactBrief | None]:
    region = the_one(session).region
    found = contacts.lookup(session, workspace_id, number, region)
    if found.contact_id is None:
        return region, found, None
    return region, found, brief(contacts.row(session, workspace_id, found.contact_id))


async def _audit(ask: Ask, action: str, subject: str) -> None:
    await ask.house.db.write(audit.record, ask.workspace_id, ask.token.name, action, subject)
