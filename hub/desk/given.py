"""Settings that an administrator gives, checked against what a provider declares."""

import secrets
import string
from collections.abc import Mapping, Sequence

from hub.contract.errors import BadSetting
from hub.contract.webhooks import Setting

_LETTERS = string.ascii_letters + string.digits


def checked(
    declared: Sequence[Setting], given: Mapping[str, str], *, whose: str
) -> tuple[dict[str, str], dict[str, str]]:
    """*given* as (plain, secret) settings, with defaults; raises BadSetting for *whose*."""
    known = {setting.name: setting for setting in declared}
    for name in given:
        if name not in known:
            names = ", ".join(known) or "none at all"
            raise BadSetting(f"{whose} has no setting {name!r}; there are: {names}")
    values = {name: given.get(name, "").strip() or known[name].default for name in known}
    missing = [name for name in known if known[name].required and not values[name]]
    if missing:
        raise BadSetting(f"{whose} needs {', '.join(missing)}: give it as NAME=VALUE")
    set_ = {name: value for name, value in values.items() if value}
    return (
        {name: value for name, value in set_.items() if not known[name].secret},
        {name: value for name, value in set_.items() if known[name].secret},
    )


def new_secret() -> str:
    """A secret as Standard Webhooks libraries take it, of letters and digits alone.

    32 letters of Base64 are 24 bytes; without + and / it may stand in a URL as well.
    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    return "whsec_" + "".join(secrets.choice(_LETTERS) for _ in range(32))
