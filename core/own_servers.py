"""Calls to servers whose address a person typed: only to where this copy may call, looked at for each connection.

A name may answer with another address a moment after it was looked at. So the address that was vetted is the one that
is connected to, and every new connection is vetted anew; names in certificates are still those of the server.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx
from django.conf import settings

METADATA = tuple(
    map(ipaddress.ip_network, ("168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::254/128"))
)
"""Where clouds tell a machine its secrets, beside the link-local addresses."""
EMBEDDED_IPV4 = ipaddress.ip_network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last four bytes are the IPv4 address that is really called."""


class ForbiddenAddress(httpcore.ConnectError):
    """A name leads to an address that this copy does not call."""


def allowed(address: str) -> bool:
    """Link-local and other special addresses (cloud metadata lives there) never; private ones as the owner set."""
    ip = _meant(ipaddress.ip_address(address.partition("%")[0]))
    if any(ip in network for network in METADATA if network.version == ip.version):
        return False
    special = ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved
    if special and not ip.is_loopback:  # ::1 counts as reserved
        return False
    return ip.is_global or bool(settings.ALLOW_PRIVATE_SERVERS)


def _meant(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address inside an IPv6 address that stands for one."""
    if ip.version == 4:
        return ip
    if ip in EMBEDDED_IPV4:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def vetted(host: str, port: int) -> list[str]:
    """The addresses of ``host``. Raises ForbiddenAddress where one of them may not be called, OSError and UnicodeError
    where there are none."""
    found = list(dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    if not all(map(allowed, found)):
        raise ForbiddenAddress(f"{host} is at an address that is not called from here")
    return found


class _Vetting(httpcore.NetworkBackend):
    """Connects to what was vetted."""

    def __init__(self) -> None:
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            *others, last = vetted(host, port)
        except (OSError, UnicodeError, ValueError) as error:
            raise httpcore.ConnectError(f"{host} has no address") from error
        for address in others:
            try:
                return self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._plain.connect_tcp(last, port, timeout, local_address, socket_options)


class _Transport(httpx.HTTPTransport):
    def __init__(self) -> None:
        super().__init__()
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=_Vetting(),
        )


def client(patience: httpx.Timeout | float) -> httpx.Client:
    """A client for such servers. It follows no redirect, and no proxy of the environment, which would look names up
    itself."""
    return httpx.Client(transport=_Transport(), timeout=patience, follow_redirects=False, trust_env=False)


class TooLarge(Exception):
    """An answer is longer than it may be."""


class TooSlow(Exception):
    """An answer did not come in time."""


def read_whole(response: httpx.Response, most: int, seconds: float) -> bytes:
    """The answer's content, unpacked: at most so many bytes of it, and no longer than that. Raises TooLarge, TooSlow,
    httpx.HTTPError; closes the answer."""
    content, give_up = bytearray(), time.monotonic() + seconds
    try:
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > most:
                raise TooLarge
            if time.monotonic() > give_up:
                raise TooSlow
    finally:
        response.close()
    return bytes(content)
