"""A second import, while the first one runs."""

from collections.abc import Awaitable, Callable
from typing import Any

from hub.desk import imports
from hub.house import House

Enter = Callable[..., Awaitable[Any]]


async def test_a_second_import_is_told_to_wait_and_leaves_no_file(
    enter: Enter, house: House, town: Any
) -> None:
    first = house.db.write_now(imports.begin, town.workspace_id, "first.vcf")
    reader = await enter()
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zoe Ray\r\nTEL:+12025550133\r\nEND:VCARD\r\n"
    answer = await reader.client.post(
        "/contacts/import", data={"csrf": reader.csrf}, files={"file": ("people.vcf", card)}
    )

    assert answer.status_code == 409
    assert "wait for it" in answer.text
    assert list((house.settings.data_dir / "uploads").iterdir()) == []
    assert house.db.read_now(imports.one, town.workspace_id, first).state == "running"
