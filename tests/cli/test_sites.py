import json
from pathlib import Path
from typing import Any

CLOSED = {"time_zone": "Europe/Rome", "weekly": {}}


def test_a_line_without_hours_keeps_those_of_its_site(hub: Any, tmp_path: Path) -> None:
    hours = tmp_path / "hours.json"
    hours.write_text(json.dumps(CLOSED))

    hub("db", "upgrade")
    hub("site", "add", "Milano", "--region", "IT", "--calendar", str(hours))
    hub("line", "add", "generic", "--name", "Vendite", "--site", "Milano")

    (line,) = hub("line", "list", "--json").json["items"]
    (site,) = hub("site", "list", "--json").json["items"]
    assert (line["region"], site["name"], site["region"]) == ("IT", "Milano", "IT")
    assert site["calendar"]["weekly"] == {}


def test_an_unknown_site_is_refused_with_the_cure(hub: Any) -> None:
    answer = hub("line", "add", "generic", "--site", "Nowhere")

    assert answer.code == 1
    assert "hub site add" in answer.err
