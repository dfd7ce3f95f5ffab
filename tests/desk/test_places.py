"""Towns of numbers, from a table that a process of its own has written."""

from pathlib import Path

from hub.places import Places


async def test_a_number_is_placed_once_the_table_is_written(tmp_path: Path) -> None:
    places = Places(tmp_path / "data" / "places.sqlite3")

    before = places.of("+442079460123")
    await places.write()

    assert before == ""
    assert places.of("+442079460123") == "London"
    assert places.of("+12025550142", "it-IT") == "Washington D.C."
    assert places.of("+99999") == ""
