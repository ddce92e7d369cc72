"""OpenStack's servers, volumes and floating addresses as rows of an inventory. Nothing here asks the network.

The resources are those of openstacksdk, or anything with the same attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yunheng.domain.services.connectors.protocol import NOTHING, OTHER, RUNNING, STOPPED, Instance, Misconfigured

MB_OF_A_GB = 1024
LONGEST_NAME, LONGEST_ADDRESSES = 200, 1000

# https://docs.openstack.org/api-guide/compute/server_concepts.html; what is not named here is `other`.
OF_SERVER = {
    **dict.fromkeys(("ACTIVE", "PASSWORD", "REBOOT", "HARD_REBOOT", "RESCUE", "VERIFY_RESIZE", "MIGRATING"), RUNNING),
    **dict.fromkeys(("SHUTOFF", "STOPPED", "SUSPENDED", "PAUSED", "SHELVED", "SHELVED_OFFLOADED"), STOPPED),
}
OF_VOLUME = {"in-use": RUNNING, "available": STOPPED}
GONE = ("DELETED", "SOFT_DELETED")

KEYS = {
    "write", "check", "cloud", "region", "timeout", "page", "timezone", "all_projects", "service_key", "system_key",
    "flavors", "volume_types", "floating_ip", "volumes", "floating_ips", "image", "network",
}  # fmt: skip
YES_NO_AUTO = (True, False, "auto")


@dataclass(frozen=True)
class Settings:
    """The configuration, checked. Every key is told in docs/connectors.md."""

    cloud: str = ""
    region: str = ""
    timeout: int = 30
    page: int = 500
    timezone: str = "Asia/Shanghai"
    all_projects: bool = False
    service_key: str = "yunheng_service"
    system_key: str = "yunheng_system"
    flavors: Mapping[str, str] = field(default_factory=dict)
    volume_types: Mapping[str, str] = field(default_factory=dict)
    floating_ip: str = ""
    volumes: bool | str = "auto"
    floating_ips: bool | str = "auto"
    image: str = ""
    network: str = "auto"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def settings(given: Mapping[str, Any]) -> Settings:
    """Raises Misconfigured with every mistake. What looks like a credential is refused, not kept."""
    mistakes = [f"不认识“{key}”" for key in sorted(given.keys() - KEYS)]
    words = {key: value for key, value in given.items() if key in KEYS - {"write", "check"}}
    for key, value in words.items():
        default = getattr(Settings(), key)
        if key in ("volumes", "floating_ips"):
            good, wanted = value in YES_NO_AUTO, "true、false或auto"
        elif isinstance(default, dict):
            good = isinstance(value, Mapping) and all(isinstance(one, str) and one for one in value.values())
            wanted = "名称到目录编码的对照表"
        else:
            good = type(value) is type(default) and (type(value) is not int or value > 0)
            wanted = {bool: "true或false", int: "大于0的整数", str: "文字"}[type(default)]
        if not good:
            mistakes.append(f"{key}须为{wanted}")
    if not mistakes and not _zone_exists(words.get("timezone", "Asia/Shanghai")):
        mistakes.append(f"没有时区“{words['timezone']}”")
    if mistakes:
        todo = "账号与口令不写在这里，写在clouds.yaml（以cloud指名）或环境变量OS_*中"
        raise Misconfigured(f"OpenStack连接器的配置有误：{'；'.join(mistakes)}", todo=todo)
    return Settings(**words)


def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def server_row(server: Any, settings: Settings, flavors: Mapping[str, Any]) -> Instance:
    """One server. ``flavors`` by id serve clouds before microversion 2.47, which tell the id alone."""
    flavor = flavor_of(server, flavors)
    tags = server.metadata or {}
    return Instance(
        instance_id=server.id,
        name=_short(server.name),
        sku=settings.flavors.get(flavor_name(flavor), ""),
        quantity=Decimal(1),
        spec=spec_of(flavor),
        state=OF_SERVER.get(server.status or "", OTHER),
        service=_short(tags.get(settings.service_key))[:40],
        system=_short(tags.get(settings.system_key))[:40],
        since=local_day(server.created_at, settings.zone),
        addresses=_addresses(server.addresses),
    )


def flavor_of(server: Any, flavors: Mapping[str, Any]) -> Any:
    """What is known of the server's flavor: the embedded one, else the one of the list, else what there is."""
    own = server.flavor
    if own is None or (own.vcpus is None and own.id in flavors):
        return flavors.get(own.id) if own is not None else None
    return own


def flavor_name(flavor: Any) -> str:
    """A flavor inside a server calls its name original_name."""
    return "" if flavor is None else (getattr(flavor, "original_name", None) or flavor.name or "")


def spec_of(flavor: Any) -> str:
    """2核4GB, or "" when the flavor is gone."""
    if flavor is None or flavor.vcpus is None or flavor.ram is None:
        return ""
    return f"{flavor.vcpus}核{Decimal(flavor.ram) / MB_OF_A_GB:f}GB"


def volume_row(volume: Any, settings: Settings) -> Instance:
    """One volume; its quantity is its size in GB."""
    tags = volume.metadata or {}
    return Instance(
        instance_id=volume.id,
        name=_short(volume.name),
        sku=settings.volume_types.get(volume.volume_type or "", ""),
        quantity=Decimal(volume.size),
        spec=_short(volume.volume_type),
        state=OF_VOLUME.get(volume.status or "", OTHER),
        service=_short(tags.get(settings.service_key))[:40],
        system=_short(tags.get(settings.system_key))[:40],
        since=local_day(volume.created_at, settings.zone),
        attached_to=_attached(volume),
    )


def _attached(volume: Any) -> str:
    """The first server that has it; nothing is said of one that is neither in use nor available."""
    servers = [one["server_id"] for one in volume.attachments or () if one.get("server_id")]
    return _short(servers[0]) if servers else NOTHING if volume.status == "available" else ""


def address_row(ip: Any, settings: Settings) -> Instance:
    """One floating address: running when it is bound to a port. Neutron has no metadata, but tags: key=value."""
    tags = dict(tag.split("=", 1) for tag in ip.tags or () if "=" in tag)
    return Instance(
        instance_id=ip.id,
        name=_short(ip.floating_ip_address),
        sku=settings.floating_ip,
        quantity=Decimal(1),
        spec="",
        state=RUNNING if ip.port_id else STOPPED,
        service=_short(tags.get(settings.service_key))[:40],
        system=_short(tags.get(settings.system_key))[:40],
        since=local_day(ip.created_at, settings.zone),
        addresses=_short(ip.floating_ip_address),
        attached_to=_short(ip.port_id) or NOTHING,
    )


def local_day(moment: str | None, zone: ZoneInfo) -> date | None:
    """The local day of a moment that OpenStack tells, with Z or without: both are UTC."""
    if not moment:
        return None
    given = datetime.fromisoformat(moment)
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(zone).date()


def _short(text: str | None) -> str:
    return (text or "").strip()[:LONGEST_NAME].strip()


def _addresses(networks: Mapping[str, Any] | None) -> str:
    """All addresses, whole ones only, as many as fit."""
    found = ""
    for name in sorted(networks or {}):
        for one in (networks or {})[name]:
            more = f"{found} {one['addr']}".strip()
            if len(more) <= LONGEST_ADDRESSES:
                found = more
    return found
