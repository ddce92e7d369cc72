"""Where events may go: addresses that the operator of the platform has allowed, and nowhere else."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST = 500
# Addresses of IPv6 in which one of IPv4 is wrapped: what they lead to is not what they look like.
_WRAPPING = tuple(ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))


class NoTarget(ValueError):
    """An address to which nothing is sent; the message says why, in Chinese."""


@dataclass(frozen=True)
class Target:
    """An address taken apart; ``path`` with the query."""

    host: str
    port: int
    path: str
    tls: bool


def parse(url: str) -> Target:
    """Take an address apart. Raises NoTarget for anything but a plain https (or http) one."""
    if not re.fullmatch(r"[!-\[\]-~]+", url) or len(url) > LONGEST:
        raise NoTarget(f"写成 https://域名/路径，不含空格和中文，最多 {LONGEST} 字符")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NoTarget("地址读不懂，写成 https://域名/路径") from None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("https", "http") or not host or "%" in host or port == 0:
        raise NoTarget("写成 https://域名/路径")
    if "@" in parts.netloc or parts.fragment:
        raise NoTarget("地址中不能带账号、口令和 #")
    tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port or (443 if tls else 80), path, tls)


def lookup(host: str, port: int) -> list[str]:
    """Every address behind a name. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses(target: Target) -> list[str]:
    """The addresses behind a target, when every one of them is allowed; only these may be connected to.

    Asked when an endpoint is registered and again for each sending: a name may point elsewhere by then.
    """
    if not settings.WEBHOOK_TARGETS:
        raise NoTarget("平台没有开放事件推送：还没有允许的目标地址，由平台运维人员设置")
    try:
        found = lookup(target.host, target.port)
    except (OSError, UnicodeError):
        raise NoTarget(f"域名 {target.host} 无法解析") from None
    for text in found:
        address = _plain(text)
        if not _allowed(target.host, address):
            raise NoTarget(f"{target.host} 指向 {text}，不在平台允许的目标地址之内")
        if not target.tls and (settings.PRODUCTION or not address.is_loopback):
            raise NoTarget("只能使用 https 地址")
    if not found:
        raise NoTarget(f"域名 {target.host} 无法解析")
    return found


def _plain(text: str) -> Address:
    """The address itself; one of IPv4 in the clothes of IPv6 is one of IPv4."""
    address = ipaddress.ip_address(text)
    return (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped) or address


def _allowed(host: str, address: Address) -> bool:
    """By network; or by name, and then on the public internet only: a name is no way into the inner networks."""
    if address.is_multicast or address.is_unspecified or address.is_link_local:
        return False
    networks, hosts = _listed()
    if any(address in network for network in networks):
        return True
    return host in hosts and address.is_global and not any(address in wrapped for wrapped in _WRAPPING)


def _listed() -> tuple[list[ipaddress.IPv4Network | ipaddress.IPv6Network], set[str]]:
    """The allow-list: networks and single addresses, and names."""
    networks, hosts = [], set()
    for entry in settings.WEBHOOK_TARGETS:
        try:
            networks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            hosts.add(entry.lower().rstrip("."))
    return networks, hosts
