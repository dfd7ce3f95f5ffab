"""A senseless setting is refused in words that name the variable and the cure."""

from pathlib import Path

import pytest

from hub import settings


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "short", "fewer than 16 characters"),
        ("SECRET_KEY", "short,a long old key of before", "fewer than 16 characters"),
        ("RECORDINGS_URL", "foo://x", "give file:///PATH, s3://"),
        ("RECORDINGS_URL", "s3://", "give file:///PATH, s3://"),
        ("RECORDINGS_URL", "file://relative/path", "give file:///PATH, s3://"),
        ("PUBLIC_URL", "https://me:word@hub.example", "without a user"),
        ("PUBLIC_URL", "https://hub.example/#top", "without a user, a query or a #"),
        ("PUBLIC_URL", "http://[", "give an absolute address"),
        ("PUBLIC_URL", "http://hub.example:many", "give an absolute address"),
        ("LINE_RATE", "inf", "give a number, not 'inf'"),
        ("LINE_RATE", "1e9", "give at most 100000"),
        ("SETTLE_SECONDS", "nan", "give a number, not 'nan'"),
        ("SETTLE_SECONDS", "soon", "give a number, not 'soon'"),
        ("MAX_BODY", "1.5", "give a whole number, not '1.5'"),
        ("MAX_BODY", "99999999999999", "give at most"),
        ("SESSION_HOURS", "0", "give more than 0"),
        ("LOG_FORMAT", "xml", "give 'text' or 'json', not 'xml'"),
        ("DEMO", "perhaps", "give true or false, not 'perhaps'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_cure(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"HUB_{name}", value)

    with pytest.raises(SystemExit) as end:
        settings.load()

    assert f"HUB_{name}: " in str(end.value)
    assert said in str(end.value)


def test_an_old_key_may_be_short_behind_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", "a long key that is new,short")

    assert settings.load().keys == ("a long key that is new", "short")


def test_a_mistyped_variable_is_named_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HUB_SETTEL_SECONDS", "3")
    monkeypatch.setenv("HUB_TEST_ANYTHING", "3")
    monkeypatch.setenv("HUB_PUBLIC_URL", "https://hub.example")
    Path(".env").write_text("HUB_COLOUR=red\nOTHER=1\n")

    colour, settle = settings.strangers()

    assert "HUB_SETTEL_SECONDS is no setting" in settle
    assert "did you mean HUB_SETTLE_SECONDS?" in settle
    assert "HUB_COLOUR is no setting" in colour


def test_a_data_folder_that_cannot_be_made_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path / "file" / "data"))

    with pytest.raises(OSError, match=r"HUB_DATA_DIR: the folder .* cannot be made"):
        _ = settings.load().database
