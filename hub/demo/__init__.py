"""The demo: a hub with people, a week of calls, and twins of the vendors, all on this machine.

Nothing leaves the machine: texts and mails go to twins that show them on a page. Each start
begins anew.
"""

import importlib
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from starlette.applications import Starlette

from hub import app as server
from hub import registry
from hub.contract.twins import Running
from hub.db import upgrade
from hub.demo import seed, stories
from hub.house import House
from hub.settings import Settings
from hub.web.auth import once_link


def run(settings: Settings, host: str, port: int) -> None:
    """Set the demo up in its own folder and serve it until it is stopped."""
    port = port if _is_free(host, port) else 0
    port = port or _free_port(host)
    folder = settings.data_dir / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    public_url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - compared, not bound
    demo = Settings(
        data_dir=folder,
        public_url=public_url,
        settle_seconds=2,
        sweep_seconds=0.5,
        demo=True,
        line_rate=1000,
    )
    upgrade(demo.database)
    links: list[str] = []
    server.serve(
        demo, host, port, ready=lambda _: _welcome(links), around=partial(_stage, links=links)
    )


@asynccontextmanager
async def _stage(app: Starlette, links: list[str]) -> AsyncIterator[None]:
    """Start the twins, fill the hub, and make the visitor's link."""
    house: House = app.state.house
    async with AsyncExitStack() as stack:
        twins: dict[str, Running] = {}
        for name, module in registry.connectors().items():
            if not module.MANIFEST.embedded:
                twin = importlib.import_module(f"{module.__name__}.twin")
                twins[name] = await stack.enter_async_context(twin.start())
        app.state.twins = twins
        scene = await seed.fill(house, twins)
        app.state.tell = partial(stories.tell, house, scene)
        token = await house.db.write(once_link, scene.workspace_id, scene.visitor_id)
        links.append(f"{house.settings.public_url}/sign-in/once/{token}")
        links.append(f"{house.settings.public_url}/demo/outbox")
        yield


def _welcome(links: list[str]) -> None:
    link, outbox = links
    print(  # noqa: T201 - what the visitor has been waiting for
        "\n"
        "  Centralino is ready. Open this link, once: it signs you in as the administrator.\n\n"
        f"    {link}\n\n"
        "  Then choose a story under “Simulate a call” and watch: the caller appears while the\n"
        "  phone rings, the call is written down, and who was missed gets a text.\n"
        f"  Texts and mails that were sent (to twins, nothing leaves this machine): {outbox}\n\n"
        "  Stop with Ctrl+C. Each start begins anew.\n",
        flush=True,
    )


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        found: int = probe.getsockname()[1]
        return found
