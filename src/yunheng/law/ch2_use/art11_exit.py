"""Article 11: what an exit asks for, when a service may be released, and that it is gone. Its term: art11_term."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

DIGESTS = (("sm3", "SM3"), ("sha256", "SHA-256"))
_HEX = re.compile(r"[0-9a-f]{64}")  # both digests have 256 bits


def digest_of(text: str) -> str:
    """A digest as it is stored, without blanks, in small letters; "" when it has not the form of one."""
    plain = "".join(text.split()).lower()
    return plain if _HEX.fullmatch(plain) else ""


@dataclass(frozen=True)
class Request:
    """What an exit says: its services with the day on which each ended already, the backup, the reason."""

    services: tuple[tuple[str, date | None], ...]
    wants_backup: bool | None
    backup_to: str
    reason: str
    providers: int = 1


@rule(art(11), Force.MUST)
def exit_request_complete(facts: Request, p: Parameters) -> Finding:
    """Running services of one provider, a word on the backup, a reason; every gap is named at once."""
    gaps = [f"{name}已于{on}终止，不需要退出" for name, on in facts.services if on is not None]
    if not facts.services:
        gaps.append("选择要退出的服务")
    if facts.providers > 1:
        gaps.append("所选服务分属几家云服务商，分别提出退出")
    if facts.wants_backup is None:
        gaps.append("写明是否需要备份")
    if facts.wants_backup and not facts.backup_to.strip():
        gaps.append("写明备份移交到哪里")
    if not facts.reason.strip():
        gaps.append("写明退出事由")
    term = p["exit_term"]
    if gaps:
        return Finding("fail", "；".join(gaps))
    return Finding("ok", f"退出{len(facts.services)}项服务，云服务商自收到之日起{term.n}个工作日内办结")


@rule(art(11), Force.MUST)
def backup_wanted(facts: bool, p: Parameters) -> Finding:
    """A backup nobody asked for is no way to stop the clock."""
    return Finding("ok", "用户单位需要备份") if facts else Finding("fail", "用户单位已写明不需要备份，直接释放资源")


@rule(art(11), Force.MUST)
def nothing_to_back_up(facts: bool, p: Parameters) -> Finding:
    """Nothing is released before the backup that the unit wants is made and acknowledged. ``facts``: it wants one."""
    if facts:
        return Finding("fail", "用户单位需要备份：先完成备份，经用户单位确认后才能释放")
    return Finding("ok", "用户单位已写明不需要备份")


@dataclass(frozen=True)
class Release:
    """The day of termination as reported, against what is known."""

    day: date
    received_on: date
    today: date
    acknowledged_on: date | None = None
    opened: tuple[tuple[str, date], ...] = ()


@rule(art(11), Force.MUST)
def release_day_valid(facts: Release, p: Parameters) -> Finding:
    """Receipt, or the acknowledged backup, ≤ day ≤ today; the charge ends on it (R-005, R-007)."""
    first = facts.acknowledged_on or facts.received_on
    wrong = [f"{name}自{on}开通，终止日不能更早" for name, on in facts.opened if facts.day < on]
    if facts.day < first:
        what = "用户单位确认备份之日" if facts.acknowledged_on else "收到退出申请之日"
        wrong.append(f"终止日{facts.day}早于{what}{first}")
    if facts.day > facts.today:
        wrong.append(f"终止日{facts.day}晚于今天")
    row = Row(
        "实际终止日", f"{first} ≤ {facts.day} ≤ {facts.today}", f"{facts.day}", "不满足" if wrong else "满足", hit=True
    )
    if wrong:
        return Finding("fail", "；".join(wrong), (row,))
    return Finding("ok", f"费用计到{facts.day}（当日不计）", (row,))


@rule(art(11), Force.MUST)
def gone_from_inventory(facts: Sequence[tuple[str, bool | None]], p: Parameters) -> Finding:
    """What the provider's inventory still lists is not gone; without an inventory the centre's own finding stands."""
    words = {True: "仍在清单中", False: "清单中已无", None: "没有清单，由服务中心核实"}
    rows = tuple(
        Row(name, "云服务商资源清单", words[listed], "不满足" if listed else "满足", hit=bool(listed))
        for name, listed in facts
    )
    left = [name for name, listed in facts if listed]
    if left:
        return Finding("fail", f"云服务商的资源清单中仍有{'、'.join(left)}，退回云服务商处置", rows)
    return Finding("ok", "清单中已无所退出的资源", rows)
