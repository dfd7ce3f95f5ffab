"""Why we think that it was this person: the sentence of `hub.core.matching`, in any language."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub.contract.phone import CallerKind, read
from hub.core.matching import Identity
from hub.desk.views import CallView
from hub.web.language import gettext as _

_NAMED = 3  # people in one sentence


def why(call: CallView, region: str) -> str:
    """Said anew from what the match was made of; empty when there was none."""
    if not call.evidence.get("why"):
        return ""
    caller = read(call.other, region=region)
    people: Sequence[Mapping[str, Any]] = call.evidence.get("candidates", [])
    said = {
        "number": caller.display or call.other,
        "count": len(people),
        "names": _names(people),
        "name": _name(people[0]) if people else "",
    }
    is_number = caller.kind is CallerKind.NUMBER
    return _sentence(Identity(call.identity), len(people), is_number=is_number) % said


def _sentence(identity: Identity, people: int, *, is_number: bool) -> str:
    if identity is Identity.WITHHELD:
        return _("The caller withholds the number.")
    if not people:
        return (
            _("Nobody has the number %(number)s.")
            if is_number
            else _("%(number)s is not a phone number.")
        )
    if identity is Identity.MAYBE:
        return _("Nobody has exactly %(number)s; %(names)s has a similar number.")
    if identity is Identity.AMBIGUOUS:
        return _("%(count)s people have the number %(number)s: %(names)s.")
    if people > 1:
        return _("%(count)s people have the number %(number)s; an agent chose %(name)s for it.")
    return _("%(name)s has exactly the number %(number)s.")


def _names(people: Sequence[Mapping[str, Any]]) -> str:
    shown, more = ", ".join(map(_name, people[:_NAMED])), len(people) - _NAMED
    if more <= 0:
        return shown
    return _("%(names)s and %(count)s more") % {"names": shown, "count": more}


def _name(person: Mapping[str, Any]) -> str:
    return str(person.get("name") or person.get("company") or _("someone"))
