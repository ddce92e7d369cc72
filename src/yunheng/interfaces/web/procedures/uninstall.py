"""The page of a plug-in that fell silent: what the monitoring recorded before and after."""

from __future__ import annotations

from datetime import date
from typing import Any

from yunheng.domain.metering.goodbyes import VERDICTS
from yunheng.domain.metering.models import Uninstall
from yunheng.foundation.workflow.actor import Actor
from yunheng.interfaces.web.components.dates import kept_moment, long_moment
from yunheng.interfaces.web.procedures import Page, plain_facts
from yunheng.law.ch2_use.art08_silence import SHOWN


def _facts(case: Uninstall, today: date) -> list[tuple[str, object]]:
    held, ended = case.evidence, case.silence
    facts = [
        *plain_facts(case, today),
        ("服务", case.sender.service.number),
        ("实例", case.sender.instance),
        ("停报自", long_moment(case.silent_since)),
        ("主机标识", held["host"] or "—"),
        ("插件版本", held["version"] or "—"),
        ("停报前主机启动", kept_moment(held["booted_at"])),
        ("停报前插件启动", kept_moment(held["started_at"])),
        *_goodbyes(held),
    ]
    if ended is None:
        return [*facts, ("恢复上报", "至今没有")]
    return [
        *facts,
        ("恢复上报", long_moment(ended.until)),
        ("恢复后主机启动", long_moment(ended.booted_after) if ended.booted_after else "—"),
        ("恢复后插件启动", long_moment(ended.started_after) if ended.started_after else "—"),
        ("监测记录表明", SHOWN[ended.shown]),
    ]


def _goodbyes(held: dict[str, Any]) -> list[tuple[str, object]]:
    """What the plug-in said of its stop, and whether its signature holds."""
    said: list[dict[str, str]] = held.get("goodbyes", [])
    if not said:
        before = held["stopping_at"]
        return [("插件告知停止", f"{kept_moment(before)} {held['stopping_reason']}" if before else "没有告知")]
    return [
        ("插件告知停止", f"{kept_moment(one['received_at'])} {one['reason']}（{VERDICTS[one['verdict']][0]}）")
        for one in said
    ]


def _values(case: Uninstall, actor: Actor, today: date) -> dict[str, Any]:
    """What whoever doubts a signature needs to verify it."""
    return {
        "signed": [
            [("收到", kept_moment(one["received_at"])), ("所签内容", one["said"]), ("签名公钥", one["key"]),
             ("签名", one["signature"])]
            for one in case.evidence.get("goodbyes", []) if one["signature"]
        ]
    }  # fmt: skip


PAGE = Page(_facts, _values, template="pages/uninstall.html")
