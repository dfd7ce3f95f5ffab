"""Opening hours as a form: one field per weekday, split shifts with commas, days apart below."""

import re
from collections.abc import Mapping
from typing import Any

from hub.core.hours import DAYS
from hub.web.forms import Form

_SPACES = re.compile(r"\s*[-–]\s*")


def week(calendar: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """(day, `09:00-12:30, 14:00-18:00`) for the seven days."""
    weekly = (calendar or {}).get("weekly", {})
    return [(day, ", ".join(weekly.get(day, ()))) for day in DAYS]


def exceptions(calendar: Mapping[str, Any] | None) -> str:
    """One line per day: `2026-12-24 09:00-12:00`, or the date alone when closed."""
    days = (calendar or {}).get("exceptions", {})
    return "\n".join(f"{day} {', '.join(blocks)}".strip() for day, blocks in sorted(days.items()))


def read(form: Form, zone: str) -> dict[str, Any]:
    """What `hub.core.hours.from_dict` checks; nothing at all means always open."""
    weekly = {day: blocks for day in DAYS if (blocks := _blocks(form.text(day)))}
    days = dict(_exception(line) for line in form.lines("exceptions"))
    if not (weekly or days):
        return {}
    found: dict[str, Any] = {
        "time_zone": form.text("time_zone") or zone,
        "weekly": weekly,
        "exceptions": days,
    }
    if country := form.text("country").upper():
        found["holidays"] = {"country": country, "subdivision": form.text("subdivision")}
    return found


def _blocks(text: str) -> list[str]:
    return [_SPACES.sub("-", part.strip()) for part in re.split(r"[,;]", text) if part.strip()]


def _exception(line: str) -> tuple[str, list[str]]:
    day, _, blocks = line.partition(" ")
    return day, _blocks(blocks)
