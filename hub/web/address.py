"""From which address a request comes, where proxies stand between."""

from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.requests import Request

from hub.settings import Network

Address = IPv4Address | IPv6Address


def of(request: Request) -> str:
    """The address of who asks; for the throttle and the audit, never for a signature."""
    peer = request.client.host if request.client else ""
    proxies: Collection[Network] = request.app.state.house.settings.proxies
    return behind(peer, request.headers.getlist("x-forwarded-for"), proxies)


def behind(peer: str, forwarded: Iterable[str], proxies: Collection[Network]) -> str:
    """The right-most address of *forwarded* that none of our *proxies* has.

    A proxy adds whom it sees at the right; what is further left anybody may have written.
    """
    hops = [hop for header in forwarded for hop in header.split(",")]
    found = peer
    while hops and _is_ours(found, proxies) and (address := _read(hops.pop())):
        found = str(address)
    return found


def _is_ours(text: str, proxies: Collection[Network]) -> bool:
    address = _read(text)
    return address is not None and any(address in network for network in proxies)


def _read(text: str) -> Address | None:
    """An address, as some proxies write it: with a port, an IPv6 one in brackets."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
