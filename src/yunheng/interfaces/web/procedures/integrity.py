"""The page of data that may be false: what the monitoring recorded, in plain words."""

from __future__ import annotations

from datetime import date

from yunheng.domain.metering.models import Integrity
from yunheng.interfaces.web.components.dates import kept_moment
from yunheng.interfaces.web.procedures import Page, plain_facts
from yunheng.law.ch5_supervision.art24_integrity import GROUNDS


def _facts(case: Integrity, today: date) -> list[tuple[str, object]]:
    held = case.evidence
    return [
        *plain_facts(case, today),
        ("服务", case.sender.service.number),
        ("实例", case.sender.instance),
        ("核查事由", GROUNDS[case.ground]),
        ("绑定的主机", held["host"] or "—"),
        ("绑定的签名公钥", held["key"] or "没有"),
        ("插件版本", held["version"] or "—"),
        *(_strangers(case) if case.ground == "token" else _still(case)),
    ]


def _strangers(case: Integrity) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = []
    for one in case.evidence["strangers"]:
        first, last = kept_moment(one["first_at"]), kept_moment(one["last_at"])
        facts.append(("另一使用者", f"主机 {one['host']}{'，公钥 ' + one['key'] if one['key'] else ''}"))
        facts.append(("使用时间", f"{first} 至 {last}，共 {one['times']} 次，均未接收"))
    return facts


def _still(case: Integrity) -> list[tuple[str, object]]:
    held = case.evidence
    cpu = "CPU时间的计数没有增加" if held["cpu"] is None else f"CPU使用率始终为 {held['cpu']:g}%"
    return [
        ("不变的时段", f"{kept_moment(held['since'])} 至 {kept_moment(held['until'])}"),
        ("CPU", cpu),
        ("网络", f"网络流量始终为 {held['network']:g} 字节每秒"),
        ("样本", f"{sum(row['n'] for row in held['hours']):,} 个，逐小时的平均值与最高值相同"),
        ("同期上报", "插件一直在上报；正常运行的主机即使空闲，数值也有小的起伏"),
    ]


PAGE = Page(_facts)
