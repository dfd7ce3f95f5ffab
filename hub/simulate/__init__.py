"""Tells call stories to a running hub, in a provider's exact wire format and signature.

`simulate(provider, "voicemail", cast=cast_for(...), base_url=...)` is all that the console and the
command line need. A provider is handed in as its module: nobody here knows one by name.
"""

from types import ModuleType

from hub.contract.scenarios import Cast
from hub.simulate.cast import cast_for
from hub.simulate.play import Answered, Report, Result, play
from hub.simulate.tell import stories, tell, withheld

__all__ = [
    "Answered",
    "Report",
    "Result",
    "cast_for",
    "play",
    "simulate",
    "stories",
    "tell",
    "withheld",
]


async def simulate(
    provider: ModuleType,
    story: str,
    *,
    cast: Cast,
    base_url: str,
    speed: float = 1.0,
    report: Report = print,
    dialect: str = "",
) -> Result:
    """Tell *story* as *provider* would, to the hub at *base_url*, *speed* times as fast as life.

    Some providers know a second *dialect*. Speed 0 waits for nothing. Raises BadSetting for a
    story that the provider cannot tell, and RemoteUnavailable when no hub answers.
    """
    sends = tell(provider, story, cast, dialect)
    return await play(sends, base_url=base_url, speed=speed, report=report)
