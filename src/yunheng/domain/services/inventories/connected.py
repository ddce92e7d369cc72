"""Inventories read from a provider's cloud by its connector, where the installation has configured one."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.timezone import localdate

from yunheng.domain.parties.models import Organisation
from yunheng.domain.services import connectors
from yunheng.domain.services.connectors.protocol import ConnectorError, Instance
from yunheng.domain.services.inventories import runs
from yunheng.domain.services.inventories.reading import CITE, from_connector
from yunheng.domain.services.models import InventoryRun
from yunheng.foundation.workflow.actor import CLOCK, Actor
from yunheng.foundation.workflow.errors import Refusal

log = logging.getLogger("yunheng.inventories")


def configured() -> Mapping[str, dict[str, Any]]:
    """The connectors by credit code of the provider: ``connector`` is the name, all else its configuration."""
    path = settings.CONNECTORS
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise Refusal(
            "连接器的配置文件读不出来", cite=CITE, todo="由系统管理员核对 YUNHENG_CONNECTORS 指明的文件"
        ) from error


def compare_connected(*, provider: Organisation, actor: Actor, at: datetime) -> InventoryRun:
    """Read what runs there now and compare it. Raises a Refusal with the connector's own words where it cannot."""
    instances = instances_now(provider)
    return runs.compare(
        provider=provider, raws=from_connector(instances), as_of=localdate(at), source="connector", actor=actor, at=at
    )  # fmt: skip


def instances_now(provider: Organisation) -> tuple[Instance, ...]:
    """What the provider's cloud runs now. Raises a Refusal in the connector's own words."""
    known = configured().get(provider.credit_code)
    if known is None:
        raise Refusal(f"没有为{provider.short_name}配置连接器", cite=CITE, todo="改用表格或接口报送清单")
    given = {name: value for name, value in known.items() if name != "connector"}
    try:
        return connectors.load(str(known.get("connector", "")), given).list_inventory()
    except ConnectorError as error:
        raise Refusal(error.message, cite=CITE, todo=error.todo or "改用表格或接口报送清单") from error


def compare_all(*, at: datetime) -> int:
    """Every provider with a connector, once a day; one that does not answer keeps nobody else waiting."""
    count = 0
    for provider in Organisation.objects.filter(kind="provider", credit_code__in=configured()).order_by("pk"):
        try:
            compare_connected(provider=provider, actor=CLOCK, at=at)
        except Refusal as refusal:
            log.warning("没有读到%s的资源清单：%s", provider.short_name, refusal.message)
            continue
        count += 1
    return count
