"""OpenStack through openstacksdk (extra ``openstack``): servers, volumes and floating addresses; writes are for servers.

Credentials stay where OpenStack's own tools look for them: a profile of clouds.yaml, named by ``cloud``, or the OS_
variables of the environment. Nothing is kept between two calls: what an operation is about stands in its id, and what
an order has done stands in the server's metadata, so that another process can go on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from yunheng.domain.services.connectors.loading import writes
from yunheng.domain.services.connectors.openstack_rows import (
    GONE,
    MB_OF_A_GB,
    Settings,
    address_row,
    flavor_name,
    flavor_of,
    server_row,
    settings,
    spec_of,
    volume_row,
)
from yunheng.domain.services.connectors.protocol import (
    DONE,
    FAILED,
    PENDING,
    READS,
    WRITES,
    ConnectorError,
    Instance,
    Item,
    Misconfigured,
    Operation,
    Order,
    ReadOnly,
    Unknown,
    Unreachable,
    Usage,
)

COMPUTE, VOLUMES, NETWORK = "compute", "block-storage", "network"
ORDER_KEY = "yunheng_order"
ORDER_ID = re.compile(r"[A-Za-z0-9_.-]{1,200}")  # it becomes a key of the metadata
TENANT_USAGE = "/os-simple-tenant-usage/{}"
UNPAGED = "2.1"  # from 2.40 on usage comes in pages


@contextmanager
def telling() -> Iterator[None]:
    """What openstacksdk raises, in a sentence of ours."""
    from keystoneauth1 import exceptions as auth
    from openstack import exceptions as sdk

    try:
        yield
    except (auth.ConnectFailure, auth.ConnectTimeout, auth.DiscoveryFailure, sdk.ServiceDiscoveryException) as error:
        raise Unreachable(f"连不上OpenStack：{_line(error)}", todo="稍后重试，仍不通的请检查网络与地址") from error
    except (auth.Unauthorized, auth.Forbidden, sdk.ForbiddenException) as error:
        raise ConnectorError(
            f"OpenStack拒绝了这一账号：{_line(error)}", todo="检查clouds.yaml或OS_*中的账号与角色"
        ) from error
    except (sdk.ConfigException, auth.MissingRequiredOptions, auth.EndpointNotFound, sdk.EndpointNotFound) as error:
        raise Misconfigured(f"OpenStack的连接配置有误：{_line(error)}", todo="检查clouds.yaml或OS_*") from error
    except (auth.HttpError, sdk.SDKException, auth.ClientException) as error:
        raise ConnectorError(f"OpenStack答复有误：{_line(error)}") from error


class OpenStack:
    """Entry point ``openstack``; the configuration is told in docs/connectors.md."""

    def __init__(self, configuration: Mapping[str, Any], *, connection: Any = None) -> None:
        self.write, self.settings = writes(configuration), settings(configuration)
        if connection is not None:
            self.connection = connection

    @cached_property
    def connection(self) -> Any:
        """Nothing is asked of the network before the first question."""
        try:
            import openstack
        except ImportError as error:
            raise Misconfigured("没有安装openstacksdk", todo="运行pip install 'yunheng[openstack]'") from error
        words = {"cloud": self.settings.cloud or None, "region_name": self.settings.region or None}
        with telling():
            return openstack.connect(
                **{key: value for key, value in words.items() if value},
                api_timeout=self.settings.timeout,
                app_name="yunheng",
            )

    def capabilities(self) -> frozenset[str]:
        return frozenset(READS) | frozenset(WRITES)

    def catalog(self) -> tuple[Item, ...]:
        """The flavors that the configuration gives a code to and that the cloud has."""
        found = {flavor_name(one): one for one in self._flavors.values()}
        return tuple(
            Item(sku, name, spec_of(found[name])) for sku, name in self._flavor_of_sku.items() if name in found
        )

    def list_inventory(self) -> tuple[Instance, ...]:
        with telling():
            rows = [self._server_row(one) for one in self._servers() if one.status not in GONE]
            if self._has(VOLUMES):
                found = self.connection.block_storage.volumes(limit=self.settings.page, **self._scope)
                rows += [volume_row(one, self.settings) for one in found]
            if self._has(NETWORK):
                scope = {} if self.settings.all_projects else {"project_id": self.connection.current_project_id}
                found = self.connection.network.ips(limit=self.settings.page, **scope)
                rows += [address_row(one, self.settings) for one in found]
            return tuple(rows)

    def get(self, instance_id: str, /) -> Instance:
        """A server, else a volume, else an address: OpenStack's ids do not say what they are of."""
        if server := self._server(instance_id):
            with telling():
                return self._server_row(server)
        kinds: tuple[tuple[str, Callable[[], Any], Callable[[Any, Settings], Instance]], ...] = (
            (VOLUMES, lambda: self.connection.block_storage.get_volume(instance_id), volume_row),
            (NETWORK, lambda: self.connection.network.get_ip(instance_id), address_row),
        )
        for service, ask, row in kinds:
            with telling():
                if self._has(service) and (found := _or_none(ask)) is not None:
                    return row(found, self.settings)
        raise Unknown(f"云上没有实例“{instance_id}”", todo="可能已释放，请重新列出清单")

    def power_state(self, instance_id: str, /) -> str:
        return self.get(instance_id).state

    def usage(self, instance_id: str, start: date, end: date, /) -> tuple[Usage, ...]:
        """Hours that the server existed, and vCPU and memory over these hours. Nothing for other kinds."""
        server = self._server(instance_id)
        if server is None:
            self.get(instance_id)
            return ()
        zone = self.settings.zone
        moments = [datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) for day in (start, end)]
        begin, finish = (moment.replace(tzinfo=None).isoformat() for moment in moments)
        project = server.project_id or self.connection.current_project_id
        with telling():
            answer = self.connection.compute.get(
                TENANT_USAGE.format(project), params={"start": begin, "end": finish}, microversion=UNPAGED
            )
            answer.raise_for_status()
            rows = answer.json().get("tenant_usage", {}).get("server_usages", [])
        row = next((one for one in rows if one["instance_id"] == instance_id), None)
        hours = Decimal(str(row["hours"])) if row else Decimal(0)
        vcpus, memory = (Decimal(row[key]) if row else Decimal(0) for key in ("vcpus", "memory_mb"))
        figures = (
            ("hours", hours, "小时"),
            ("vcpu_hours", hours * vcpus, "核·小时"),
            ("memory_hours", hours * memory / MB_OF_A_GB, "GB·小时"),
        )
        return tuple(Usage(instance_id, name, value, unit, start, end) for name, value, unit in figures)

    def provision(self, order: Order, /) -> Operation:
        """One server. A server of the own project that carries the order's id answers instead of a second one."""
        self._permitted("provision")
        flavor = self._flavor(order)
        with telling():
            for server in self._servers(own=True):
                if (server.metadata or {}).get(ORDER_KEY) == order.id and server.status not in GONE:
                    return self.operation(f"open:{server.id}")
        if not self.settings.image:
            raise Misconfigured("配置中没有image，不知道用哪个镜像开通", todo="在配置中写明image")
        network = self.settings.network
        tags = {ORDER_KEY: order.id, self.settings.service_key: order.service, self.settings.system_key: order.system}
        with telling():
            made = self.connection.compute.create_server(
                name=order.name or order.service or order.id,
                flavor_id=flavor.id,
                image_id=self.settings.image,
                networks=network if network in ("auto", "none") else [{"uuid": network}],
                metadata={key: value for key, value in tags.items() if value},
            )
        return Operation(f"open:{made.id}", PENDING, made.id)

    def change(self, order: Order, /) -> Operation:
        """Another flavor. The order's id goes into the metadata, and is not done again once it is there."""
        self._permitted("change")
        flavor, server = self._flavor(order), self._known_server(order.instance_id)
        key = f"{ORDER_KEY}:{order.id}"
        under_way = Operation(f"change:{server.id}:{flavor.id}", PENDING, server.id)
        if key in (server.metadata or {}):
            return self.operation(under_way.id)
        with telling():
            if flavor_name(flavor_of(server, self._flavors)) != flavor.name:
                self.connection.compute.resize_server(server.id, flavor.id)
            self.connection.compute.set_server_metadata(server.id, **{key: order.sku})
        return under_way

    def release(self, order: Order, /) -> Operation:
        """Delete the server; its volumes and addresses are released by their own orders."""
        self._permitted("release")
        server = self._known_server(order.instance_id)
        with telling():
            self.connection.compute.delete_server(server.id)
        return Operation(f"release:{server.id}", PENDING, server.id)

    def operation(self, operation_id: str, /) -> Operation:
        """How far it is; a resize that waits for it is confirmed, where writes are permitted."""
        act, _, rest = operation_id.partition(":")
        instance_id, _, flavor_id = rest.partition(":")
        if act not in ("open", "change", "release") or not instance_id or (act == "change") != bool(flavor_id):
            raise Unknown(f"没有操作“{operation_id}”")
        server = self._server(instance_id)
        if server is None:
            gone = Operation(operation_id, FAILED, instance_id, "云主机已不存在")
            return Operation(operation_id, DONE, instance_id) if act == "release" else gone
        if server.status == "ERROR":
            reason = (server.fault or {}).get("message", "") or "云主机处于ERROR状态"
            return Operation(operation_id, FAILED, instance_id, reason)
        if act == "change":
            return self._changing(operation_id, server, flavor_id)
        ended = act == "open" and server.status == "ACTIVE"
        return Operation(operation_id, DONE if ended else PENDING, instance_id)

    def _changing(self, operation_id: str, server: Any, flavor_id: str) -> Operation:
        if server.status == "VERIFY_RESIZE" and self.write:
            with telling():  # refused when a poll before this one has confirmed it and Nova is still at it
                _or_none(lambda: self.connection.compute.confirm_server_resize(server.id))
        if server.status not in ("ACTIVE", "SHUTOFF") or server.task_state:
            return Operation(operation_id, PENDING, server.id)
        wanted = self._flavors.get(flavor_id)
        if wanted is not None and flavor_name(flavor_of(server, self._flavors)) == wanted.name:
            return Operation(operation_id, DONE, server.id)
        return Operation(operation_id, FAILED, server.id, "云主机仍为原规格，OpenStack没有完成变更")

    def _server(self, instance_id: str) -> Any:
        """The server, or None when there is none or no longer."""
        with telling():
            found = _or_none(lambda: self.connection.compute.get_server(instance_id))
        return None if found is None or found.status in GONE else found

    def _known_server(self, instance_id: str) -> Any:
        server = self._server(instance_id)
        if server is None:
            self.get(instance_id)  # says that there is no such thing at all
            raise ConnectorError(f"“{instance_id}”不是云主机", todo="云硬盘与公网地址由云服务商人工办理")
        return server

    def _servers(self, *, own: bool = False) -> Iterator[Any]:
        scope = {} if own else self._scope
        yield from self.connection.compute.servers(details=True, limit=self.settings.page, **scope)

    def _server_row(self, server: Any) -> Instance:
        embedded = server.flavor is not None and server.flavor.vcpus is not None
        return server_row(server, self.settings, {} if embedded else self._flavors)

    @property
    def _scope(self) -> dict[str, Any]:
        return {"all_projects": True} if self.settings.all_projects else {}

    @cached_property
    def _flavors(self) -> dict[str, Any]:
        with telling():
            return {one.id: one for one in self.connection.compute.flavors(details=True, limit=self.settings.page)}

    @property
    def _flavor_of_sku(self) -> dict[str, str]:
        """The first flavor of each code: several old ones may share it."""
        found: dict[str, str] = {}
        for name, sku in self.settings.flavors.items():
            found.setdefault(sku, name)
        return found

    def _flavor(self, order: Order) -> Any:
        if not ORDER_ID.fullmatch(order.id):
            raise ConnectorError(f"订单编号“{order.id}”须为不超过200个字母、数字与“_.-”")
        name = self._flavor_of_sku.get(order.sku)
        found = next((one for one in self._flavors.values() if one.name == name), None)
        if name is None or found is None:
            raise Unknown(f"没有与目录编码“{order.sku}”对应的云主机规格", todo="在配置的[flavors]中写明对照")
        if order.quantity != 1:
            raise ConnectorError("一个订单开通或变更一台云主机", todo="请按台分成多个订单")
        return found

    def _has(self, service: str) -> bool:
        """Whether the cloud has the service. What is not in its catalogue is left out, unless it was asked for."""
        wanted = self.settings.volumes if service == VOLUMES else self.settings.floating_ips
        if wanted is False:
            return False
        if self.connection.endpoint_for(service) is not None:
            return True
        if wanted is True:
            raise Misconfigured(f"这朵云的服务目录中没有{service}", todo="检查账号与地域，或在配置中去掉")
        return False

    def _permitted(self, act: str) -> None:
        if not self.write:
            raise ReadOnly(f"OpenStack连接器为只读，不能{WRITES[act]}", todo="确需自动办理的，在配置中写明write = true")


def _line(error: Exception) -> str:
    """Its words on one line: OpenStack's errors come with line breaks."""
    return " ".join(str(error).split())


def _or_none(ask: Callable[[], Any]) -> Any:
    """The answer, or None for 404 and 409, and for 400: some services refuse an id that is no UUID."""
    from openstack import exceptions as sdk

    try:
        return ask()
    except (sdk.NotFoundException, sdk.BadRequestException, sdk.ConflictException):
        return None
