"""What people type into forms, tamed: trimmed, bounded, and told from what was not sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from hub.contract.errors import BadPayload, BadSetting, BadText
from hub.desk.errors import Conflict

REFUSED = (BadSetting, BadPayload, BadText, Conflict)
"""What the desk says no with when a person typed something wrong: shown above the form."""

LONGEST = 20_000
"""Characters that one field may hold; the rest is cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The fields of a form; *errors* are sentences by field, for the page that shows it again."""

    fields: FormData
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, otherwise: str = "") -> str:
        """The trimmed text of a field; *otherwise* when it was not sent."""
        value = self.fields.get(name)
        return clean(value) if isinstance(value, str) else otherwise

    def secret(self, name: str) -> str:
        """A password: as it was typed."""
        value = self.fields.get(name)
        return value[:LONGEST] if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """All that was ticked or repeated under *name*, without the empty ones."""
        values = self.fields.getlist(name)
        return [clean(value) for value in values if isinstance(value, str) and value.strip()]

    def lines(self, name: str) -> list[str]:
        """The lines of a text area, without the empty ones."""
        return [line.strip() for line in self.text(name).splitlines() if line.strip()]

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.fields.get(name))

    def number(self, name: str, otherwise: float, *, most: float = 1e6) -> float:
        """A number between 0 and *most*; notes an error when it is none."""
        raw = self.text(name).replace(",", ".")
        if not raw:
            return otherwise
        try:
            value = float(raw)
        except ValueError:
            value = -1.0
        if not 0 <= value <= most:
            self.errors[name] = f"write a number from 0 to {most:g}"
            return otherwise
        return value

    def one_of(self, name: str, known: Sequence[str] | Mapping[str, object], first: str) -> str:
        """The choice among *known*; *first* when it is none of them."""
        value = self.text(name)
        return value if value in known else first

    def file(self, name: str) -> UploadFile | None:
        """An uploaded file, or None when none was chosen."""
        value = self.fields.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None


def clean(value: str) -> str:
    """Trimmed, bounded, with one kind of line ends and nothing invisible that could mislead."""
    text = value[:LONGEST].replace("\r\n", "\n").strip()
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")


async def read(request: Request) -> Form:
    """The form of *request*."""
    return Form(fields=await request.form(max_files=1, max_fields=1000))
