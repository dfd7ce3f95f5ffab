"""The one client that fetches addresses which came from outside (recordings, media).

A name is resolved once and the connection goes to THAT address: a name that is public when
checked and private when used (DNS rebinding) gains nothing. Only public addresses are reached,
but for origins that an administrator has set. Redirects are followed by hand, checked anew each
time, and never carry credentials to another host.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from hub.contract.errors import Misconfigured, RemoteRefused, RemoteUnavailable

_PORTS = {80, 443, 8080, 8443}
_HOST = re.compile(r"[\w.-]+|[0-9A-Fa-f:.]+(%\w+)?", re.ASCII)  # a name, or an address of IPv6
_REDIRECTS = 3
_CLOSED = {401, 403}
_LATER = {404, 408, 409, 425, 429}
_IN_MEMORY = 1 << 20


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file, rewound, with its size in bytes and the type that the server gave it."""

    file: IO[bytes]
    size: int
    media_type: str


async def fetch(
    url: str,
    *,
    headers: Mapping[str, str],
    trusted: Collection[str],
    most: int,
    timeout: float,
) -> Fetched:
    """Fetch *url*, at most *most* bytes within *timeout* seconds.

    *trusted* are origins (`http://host:port`) that need not be public. Raises RemoteUnavailable
    when trying again may help, else RemoteRefused or Misconfigured.
    """
    try:
        async with asyncio.timeout(timeout):
            return await _followed(url, headers, trusted, most)
    except TimeoutError:
        raise RemoteUnavailable(f"no answer within {timeout:g} seconds") from None
    except httpx.HTTPError as error:
        raise RemoteUnavailable(f"the file could not be fetched: {error}") from error
    except (httpx.InvalidURL, ValueError) as error:  # ValueError: urlsplit's and the codecs' word
        raise RemoteRefused(f"the address of the file is no http address: {error}") from error


def origin(url: str) -> str:
    """`scheme://host:port` of *url*, with the port written out; raises ValueError."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{_port(parts)}"


async def _followed(
    url: str, headers: Mapping[str, str], trusted: Collection[str], most: int
) -> Fetched:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        for _ in range(_REDIRECTS + 1):
            request = await _pinned(client, url, headers, trusted)
            response = await client.send(request, stream=True)
            try:
                if not response.has_redirect_location:
                    return await _taken(response, most)
            finally:
                await response.aclose()
            target = urljoin(url, response.headers["location"])
            if origin(target) != origin(url):
                headers, trusted = {}, ()
            url = target
    raise RemoteRefused("the file moves from address to address")


async def _pinned(
    client: httpx.AsyncClient, url: str, headers: Mapping[str, str], trusted: Collection[str]
) -> httpx.Request:
    """A request that goes to the one address which was checked, under the name it was asked by."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").encode("idna").decode()
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host) or "\\" in parts.netloc:
        raise RemoteRefused("the address of the file is no http address")
    address = await _resolved(host, _port(parts), anywhere=origin(url) in trusted)
    target = parts._replace(netloc=f"{_bracketed(address)}:{_port(parts)}", fragment="").geturl()
    name = _bracketed(host) if parts.port is None else f"{_bracketed(host)}:{parts.port}"
    return client.build_request(
        "GET",
        target,
        headers={**headers, "Host": name},
        extensions={"sni_hostname": host},
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


async def _resolved(host: str, port: int, *, anywhere: bool) -> str:
    if not anywhere and port not in _PORTS:
        raise RemoteRefused(f"the file is on port {port}, which is not for files")
    literal = _literal(host)
    addresses = [literal] if literal else await _asked(host, port)
    for address in addresses:
        if not anywhere and not is_public(address):
            raise RemoteRefused(f"{host} leads to {address}, which is not a public address")
    return min(addresses, key=lambda address: ":" in address)  # few machines have a way by IPv6


def _literal(host: str) -> str | None:
    """The address that *host* is itself; also as resolvers read it: 2130706433, 0x7f.1, 0177.1."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


async def _asked(name: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise RemoteUnavailable(f"the name {name} is not known: {error}") from error
    return [str(one[4][0]) for one in found]


def is_public(address: str) -> bool:
    """Whether *address* is on the open internet, also when IPv4 hides inside IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if any(ip in network for network in _EMBEDDING):
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.is_site_local or ip in _LOCAL_NAT64 or (int(ip) >> 32) & 0xFDFFFFFF == _ISATAP:
            return False
    return ip.is_global and not ip.is_multicast


_EMBEDDING = (
    ipaddress.ip_network("64:ff9b::/96"),  # NAT64
    ipaddress.ip_network("::/96"),  # IPv4-compatible, of old
    ipaddress.ip_network("::ffff:0:0:0/96"),  # IPv4-translated
)
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
_ISATAP = 0x00005EFE


def _port(parts: SplitResult) -> int:
    given = parts.port
    return given if given is not None else 443 if parts.scheme == "https" else 80


async def _taken(response: httpx.Response, most: int) -> Fetched:
    _judge(response.status_code)
    file: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - handed to the caller
    try:
        size = await _poured(response, file, most)
    except BaseException:
        file.close()
        raise
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(file, size, kind)


async def _poured(response: httpx.Response, file: IO[bytes], most: int) -> int:
    """Fill *file* and rewind it; gives its size in bytes."""
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > most:
            raise RemoteRefused(f"the file is larger than {most} bytes (HUB_MAX_RECORDING)")
        file.write(part)
    file.seek(0)
    return size


def _judge(status: int) -> None:
    if status in _CLOSED:
        raise Misconfigured(f"the vendor refuses our credentials ({status}): check the connection")
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise RemoteUnavailable(f"the file is not there yet ({status})")
    if status != HTTPStatus.OK:
        raise RemoteRefused(f"the vendor answered {status} instead of the file")
