"""Who is here: the folders `webhooks/` and `connectors/`, then what others registered.

A provider is one folder: dropping it in is all. Strangers register a module under the
entry-point groups `hub.webhooks` and `hub.connectors`. A name taken twice stops the start.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType

from hub.contract.connectors import Ability
from hub.contract.errors import BadSetting


@cache
def webhooks() -> Mapping[str, ModuleType]:
    """Provider name -> module of `hub.contract.webhooks`' shape."""
    return _found("webhooks")


@cache
def connectors() -> Mapping[str, ModuleType]:
    """System name -> module of `hub.contract.connectors`' shape."""
    return _found("connectors")


@cache
def finders() -> tuple[str, ...]:
    """The systems that can be asked who has a number, while it rings."""
    return tuple(
        name
        for name, module in connectors().items()
        if Ability.FIND in module.MANIFEST.abilities and not module.MANIFEST.embedded
    )


def webhook(name: str) -> ModuleType:
    """The provider *name*; raises BadSetting with the names there are."""
    return _named(webhooks(), name, "phone system")


def connector(name: str) -> ModuleType:
    """The system *name*; raises BadSetting with the names there are."""
    return _named(connectors(), name, "system")


def _named(known: Mapping[str, ModuleType], name: str, what: str) -> ModuleType:
    if name not in known:
        raise BadSetting(f"no {what} is called {name!r}; there are: {', '.join(sorted(known))}")
    return known[name]


def _found(group: str) -> dict[str, ModuleType]:
    found: dict[str, ModuleType] = {}
    for module in (
        *_folders(group),
        *(point.load() for point in entry_points(group=f"hub.{group}")),
    ):
        name = module.MANIFEST.name
        if name in found:
            raise BadSetting(f"two {group} are called {name!r}: remove {module.__name__}")
        found[name] = module
    return dict(sorted(found.items()))


def _folders(group: str) -> Iterator[ModuleType]:
    package = importlib.import_module(group)
    for info in pkgutil.iter_modules(package.__path__):
        if info.ispkg:
            yield importlib.import_module(f"{group}.{info.name}")
