"""STOP, START and HELP, as people write them.

The words are those that carriers and the FCC list of 2025 know, with the usual Italian, French,
German and Spanish ones: a person who says stop must be understood (`docs/consent.md`).
"""

from hub.contract.events import Consent

_WORDS = {
    Consent.STOP: (
        "stop stopall unsubscribe end quit cancel revoke optout remove basta disiscrivi "
        "cancellami arret stopp abmelden baja alto"
    ),
    Consent.START: "start unstop yes inizia",
    Consent.HELP: "help info aiuto aide hilfe ayuda",
}
_BY_WORD = {word: consent for consent, words in _WORDS.items() for word in words.split()}


def consent_in(text: str) -> Consent | None:
    """What *text* says about consent, if the whole of it is one of the known words."""
    word = "".join(letter for letter in text.casefold() if letter.isalnum())
    return _BY_WORD.get(word)
