"""Texts that marketers write: what they may say, in which language, and what an SMS costs."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contract.errors import BadText
from hub.contract.events import Consent
from hub.contract.optout import consent_in
from hub.core.wording import (
    NAMES,
    SAMPLE,
    SUBJECTS,
    TEXTS,
    Encoding,
    call_names,
    check,
    choose_language,
    fill,
    languages_of,
    sms_parts,
)

FRAGMENTS = (
    "{{", "}}", "{%", "%}", "{%-", "-%}", " if ", " unless ", " case ", " when ", " assign ",
    "endif", "endunless", "endcase", "else", "elsif", "comment", "raw", "for", "include 'x'",
    "render 'x'", "liquid", "echo", "capture", "cycle", "increment", "tablerow", " x ", "=", "==",
    "!=", "<", ">", "|", ":", ",", ".", "[", "]", "(", ")", "..", "'", '"', "nil", "blank",
    "empty", "true", "1", "-1", "9" * 4400, "1e400", "caller", "caller.name", "caller.nmae",
    "line.number", "call.time", "append", "truncate", "truncatewords", "default", "remove",
    "url_encode", "times", "date", "replace", "upcase", "and", "or", "contains", "size", "first",
    "\n", " ", "é", "\ud83d", "\x00", "__class__", "forloop", "#", "safe",
    "{% if caller.name %}", "{% endif %}",
)  # fmt: skip
scribbles = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5), max_size=25).map("".join)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hello {{ caller.first_name }}!", "Hello Emma!"),
        ("{{ caller['name'] }}", "Emma Taylor"),
        ("{{ agent.name | upcase }}", "LIAM BROWN"),
        ("{% if caller.name == 'Emma Taylor' %}you{% else %}who{% endif %}", "you"),
        ("{% unless caller.company %}private{% endunless %}", ""),
        ("{% assign who = caller.name %}{{ who | truncate: 7 }}", "Emma..."),
        ("{% case line.name %}{% when 'Sales' %}S{% else %}O{% endcase %}", "S"),
        ("{% comment %}{{ }}{% endcomment %}  fine  ", "fine"),
        ("no placeholder", "no placeholder"),
    ],
)
def test_a_text_is_filled(text: str, filled: str) -> None:
    check(text)

    assert fill(text, SAMPLE) == filled


@pytest.mark.parametrize("absent", [{}, {"caller.first_name": ""}, {"caller.first_name": None}])
def test_a_name_that_we_do_not_know_is_empty_and_false(absent: dict[str, object]) -> None:
    text = "{% if caller.first_name %}Hello {{ caller.first_name }}, {% endif %}good day"

    assert fill(text, absent) == "good day"
    assert fill("Hello {{ caller.first_name | default: 'you' }}", absent) == "Hello you"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{{ caller.nmae }}", r"there is no \{\{ caller.nmae \}\}: use one of caller.name,"),
        ("{{ nobody }}", "there is no {{ nobody }}"),
        ("{{ caller }}", "there is no {{ caller }}"),
        ("{% if false %}{{ hidden.name }}{% endif %}", "there is no {{ hidden.name }}"),
        ("{% if caller.name %}a{% elsif nobody %}b{% endif %}", "there is no {{ nobody }}"),
        ("{{ caller.name", "expected '}}'"),
        ("{% if caller.name %}", "cannot be filled"),
        ("{% for i in (1..9999999) %}x{% endfor %}", "unexpected tag 'for'"),
        ("{% include 'secrets' %}", "unexpected tag 'include'"),
        ("{% render 'secrets' %}", "unexpected tag 'render'"),
        ("{{ caller.name | replace: 'a', 'b' }}", "unknown filter 'replace'"),
        ("{{ caller.name | safe }}", "unknown filter 'safe'"),
        ("x" * 5001, "longer than 5000 characters"),
    ],
)
def test_a_text_that_could_not_be_filled_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(BadText, match=complaint):
        check(text)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_vocabulary_can_be_used(name: str) -> None:
    text = "{{ " + name + " }}"
    check(text)

    assert fill(text, SAMPLE) == SAMPLE[name]


def test_a_text_cannot_grow_without_end() -> None:
    doubling = "{% assign a = 'aaaaaaaaaa' %}" + "{% assign a = a | append: a %}" * 60

    with pytest.raises(BadText, match="limit"):
        fill(doubling, {})


def test_a_mail_in_html_escapes_what_is_filled_in_and_keeps_its_own_tags() -> None:
    names = {"caller.name": "<script>alert(1)</script> & Co"}

    filled = fill("<p>{{ caller.name }}</p>", names, html=True)

    assert filled == "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co</p>"
    assert fill("<p>{{ caller.name }}</p>", names) == f"<p>{names['caller.name']}</p>"


def test_what_a_caller_is_called_is_never_read_as_a_text() -> None:
    assert fill("{{ caller.name }}", {"caller.name": "{{ line.name }}"}) == "{{ line.name }}"


@given(text=scribbles)
def test_whatever_is_scribbled_is_filled_or_refused(text: str) -> None:
    try:
        check(text)
    except BadText:
        return

    assert isinstance(fill(text, SAMPLE), str)
    assert isinstance(fill(text, SAMPLE, html=True), str)


@given(
    text=st.text(max_size=300),
    names=st.dictionaries(
        st.sampled_from([*NAMES]), st.text(st.characters(exclude_characters="\r"))
    ),
)
def test_whatever_is_filled_in_is_filled_or_refused(text: str, names: dict[str, object]) -> None:
    try:
        filled = fill(text + "{{ caller.name }}", names)
    except BadText:
        return

    assert filled.endswith(str(names.get("caller.name", "")).strip())


@pytest.mark.parametrize("language", TEXTS)
def test_our_own_texts_fit_one_sms_and_say_how_to_stop(language: str) -> None:
    check(TEXTS[language])
    filled = fill(TEXTS[language], SAMPLE)

    assert sms_parts(filled).parts == 1
    assert any(consent_in(word) is Consent.STOP for word in filled.split())
    assert language in SUBJECTS


@pytest.mark.parametrize(
    ("wanted", "available", "chosen"),
    [
        (["it"], ["en", "it"], "it"),
        (["it-IT"], ["en", "it"], "it"),
        (["IT_it"], ["en", "it"], "it"),
        (["pt"], ["en", "pt-BR"], "pt-BR"),
        (["pt-BR"], ["pt", "pt-BR"], "pt-BR"),
        (["pt-PT"], ["en", "pt", "pt-BR"], "pt"),
        (["de", "it"], ["en", "it"], "it"),
        (["de", ""], ["en", "it"], "en"),
        ([], ["it", "en"], "it"),
    ],
)
def test_the_language_that_fits_best_is_chosen(
    wanted: list[str], available: list[str], chosen: str
) -> None:
    assert choose_language(wanted, dict.fromkeys(available, "")) == chosen


def test_without_any_text_there_is_no_language() -> None:
    with pytest.raises(BadText, match="write one"):
        choose_language(["en"], {})


@pytest.mark.parametrize(
    ("country", "languages"),
    [("IT", ("it",)), ("ch", ("de", "fr", "it")), ("BR", ("pt-BR",)), ("", ()), ("XX", ())],
)
def test_a_country_speaks_its_languages(country: str, languages: tuple[str, ...]) -> None:
    assert languages_of(country) == languages


@pytest.mark.parametrize(
    ("language", "country", "time", "day"),
    [
        ("en", "US", "2:05 PM", "November 23"),
        ("en", "GB", "14:05", "23 November"),
        ("en", "IT", "14:05", "23 November"),
        ("it", "IT", "14:05", "23 novembre"),
        ("it", "", "14:05", "23 novembre"),
        ("pt_BR", "XX", "14:05", "23 de novembro"),
        ("tlh", "", "2:05 PM", "November 23"),
        ("../x", "", "2:05 PM", "November 23"),
    ],
)
def test_the_time_of_the_call_is_written_as_people_do(
    language: str, country: str, time: str, day: str
) -> None:
    at = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)

    names = call_names(at, ZoneInfo("Europe/Rome"), language, country)

    assert names == {"call.time": time, "call.day": day}


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", Encoding.GSM7, 0, 1),
        ("a" * 160, Encoding.GSM7, 160, 1),
        ("a" * 161, Encoding.GSM7, 161, 2),
        ("a" * 306, Encoding.GSM7, 306, 2),
        ("a" * 307, Encoding.GSM7, 307, 3),
        ("è à ò £ @ Ç", Encoding.GSM7, 11, 1),
        ("€" * 80, Encoding.GSM7, 160, 1),
        ("a" * 152 + "€" + "a" * 152, Encoding.GSM7, 306, 3),  # € is not torn, so 306 is too much
        ("È" * 70, Encoding.UCS2, 70, 1),
        ("È" * 71, Encoding.UCS2, 71, 2),
        ("’" + "a" * 70, Encoding.UCS2, 71, 2),
        ("😀" * 35, Encoding.UCS2, 70, 1),
        ("😀" * 36, Encoding.UCS2, 72, 2),
        ("😀" * 67, Encoding.UCS2, 134, 3),  # 33 in each part, not 33 and a half
    ],
)
def test_an_sms_is_counted_as_the_network_does(
    text: str, encoding: Encoding, units: int, parts: int
) -> None:
    counted = sms_parts(text)

    assert (counted.encoding, counted.units, counted.parts) == (encoding, units, parts)


@given(text=st.text(st.characters()))
def test_any_text_has_a_size(text: str) -> None:
    counted = sms_parts(text)

    assert counted.units >= len(text)
    assert (counted.parts == 1) == (
        counted.units <= (160 if counted.encoding is Encoding.GSM7 else 70)
    )
