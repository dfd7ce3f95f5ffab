"""Tells a story to this very hub, over real HTTP and signed, when the visitor asks for it."""

import random

from hub import simulate
from hub.contract.errors import BadSetting
from hub.demo.seed import Scene, Stand
from hub.house import House

SPEED = 3.0
"""Times as fast as life: a visitor has a minute."""


async def tell(house: House, scene: Scene, story: str) -> None:
    """Tell *story* on a line that fits, by a caller of the phone book."""
    stand = _stand(scene, story)
    line = await house.lines.by_key(stand.key)
    if line is None:
        raise BadSetting("the demo's line was switched off: switch it on again")
    cast = simulate.cast_for(
        webhook_url=line.urls(house.settings.public_url)(),
        secret=line.secrets.current,
        settings=line.secrets.settings,
        called=line.number,
        agents=scene.agents,
        caller=random.choice(scene.callers),  # noqa: S311 - who calls is not a secret
        media_url=scene.media_url,
    )
    await simulate.simulate(
        stand.provider,
        story,
        cast=cast,
        base_url=house.settings.public_url,
        speed=SPEED,
        report=_quietly,
    )


def _stand(scene: Scene, story: str) -> Stand:
    """The line on which it can happen: a closed one for a call out of hours."""
    for stand in scene.stands:
        can = {found.name for found in simulate.stories(stand.provider)}
        if story in can and stand.closed == (story == "closed") and _rings(stand):
            return stand
    raise BadSetting(f"no line of the demo can tell {story!r}")


def _rings(stand: Stand) -> bool:
    return bool(stand.provider.MANIFEST.answers_calls)


def _quietly(_line: str) -> None:
    """The visitor watches the screen, not the terminal."""
