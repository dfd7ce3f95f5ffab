"""A few hundred fictional people; their numbers are those that are kept free for fiction."""

import random
from collections.abc import Iterator
from itertools import product

from hub.contract.connectors import Contact, ContactPhone

_FIRST = [
    "Emma",
    "Liam",
    "Olivia",
    "Noah",
    "Ava",
    "Ethan",
    "Mia",
    "Lucas",
    "Zoe",
    "Leo",
    "Nora",
    "Oscar",
    "Ivy",
    "Hugo",
    "Alice",
    "Felix",
    "Clara",
    "Max",
    "Giulia",
    "Matteo",
    "Chiara",
    "Lorenzo",
    "Sofia",
    "Davide",
    "Priya",
    "Arjun",
    "Mei",
    "Kenji",
    "Amara",
    "Kwame",
    "Ingrid",
    "Lars",
]
_LAST = [
    "Taylor",
    "Brown",
    "Carter",
    "Diaz",
    "Evans",
    "Foster",
    "Garcia",
    "Hughes",
    "Ibrahim",
    "Jensen",
    "Keller",
    "Lopez",
    "Moretti",
    "Nakamura",
    "Okafor",
    "Patel",
    "Quinn",
    "Rossi",
    "Silva",
    "Turner",
    "Ueda",
    "Vogel",
    "Walsh",
    "Young",
    "Zimmermann",
    "Bianchi",
]
_COMPANIES = (
    "Chrispresso", "Northwind Bakery", "Harbour & Sons", "Blue Fern Dental", "Maple Court Hotel",
    "Juniper Logistics", "Atelier Moretti", "Redbrick Movers", "Sunlit Solar", "Pinecone Toys",
    "Quayside Fish Market", "Velvet Theatre", "Lumen Opticians", "Green Gate Nursery",
    "The International Society of Very Patient Typewriter Repairers",
)  # fmt: skip
_TITLES = ("Owner", "Office manager", "Buyer", "Front desk", "Head of operations", "")
_TAGS = (("VIP",), ("Customer",), ("Customer", "Renewal"), ("Lead",), ("Supplier",), ())
_OWNERS = ("Ben Okafor", "Carla Rossi", "Ada Demo")


def people(count: int = 300) -> Iterator[Contact]:
    """*count* people, always the same; the first 80 have American numbers, the rest British."""
    dice = random.Random(1878)  # noqa: S311 - the year of the first switchboard
    names = [f"{first} {last}" for first, last in product(_FIRST, _LAST)]
    dice.shuffle(names)
    for index, name in enumerate(names[:count]):
        yield _person(index, name, dice)


def _person(index: int, name: str, dice: random.Random) -> Contact:
    handle = name.lower().replace(" ", ".")
    italian = name.split(maxsplit=1)[0] in {
        "Giulia",
        "Matteo",
        "Chiara",
        "Lorenzo",
        "Sofia",
        "Davide",
    }
    return Contact(
        remote_id="",
        name=name,
        company=dice.choice(_COMPANIES),
        title=dice.choice(_TITLES),
        phones=(ContactPhone(number=_number(index), label="mobile"),),
        emails=(f"{handle}@example.com",),
        owner=dice.choice(_OWNERS),
        tags=dice.choice(_TAGS),
        language="it" if italian else "en",
        note="",
    )


def _number(index: int) -> str:
    """Two people share the last American number: a switchboard, or a couple."""
    if index < 80:  # noqa: PLR2004 - the reserved block has a hundred, agents and lines take some
        return f"+12025550{120 + min(index, 78)}"
    return f"+442079460{index - 80:03}"
