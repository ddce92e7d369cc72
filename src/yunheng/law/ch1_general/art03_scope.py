"""Article 3: which systems the measures apply to, in the vocabulary of the register (GB/T 40692).

A system belongs on the cloud 原则上: it may stay outside where law, regulation or a policy document says so, or with
a reason, a plan and the bureau's note (R-001). A classified system never uses it.
"""

from __future__ import annotations

from dataclasses import dataclass

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

CLASSES = (
    ("information", "信息资源类"),
    ("business", "业务应用类"),
    ("office", "内部办公类"),
    ("website", "公共服务网站类"),
    ("platform", "基础设施平台类"),
    ("support", "应用支撑类"),
    ("none", "不属于政务信息系统"),
)
BUILT_BY = (("self", "自建"), ("purchased", "购买服务"))
ASSET_OWNERS = (("unit", "用户单位"), ("supplier", "承建或服务商"), ("other", "其他"))
ZONES = (("internet", "互联网区"), ("extranet", "政务外网区"), ("private", "专网区"))
PHASES = (("implementation", "实施期"), ("accepted", "技术验收"), ("operation", "运维期"))
HOSTING = (("cloud", "政务云"), ("law", "依规定不上云"), ("plan", "暂不上云"))


@dataclass(frozen=True)
class System:
    """What the register says of a system."""

    name: str
    category: str
    classified: bool


@rule(art(3, 1), Force.MUST_NOT)
def classified_refused(facts: System, p: Parameters) -> Finding:
    """A classified system, or one that is no government information system, does not use the cloud."""
    government = facts.category != "none"
    rows = (
        Row("涉密", "登记信息", "是" if facts.classified else "否", "不得上云" if facts.classified else "满足"),
        Row("属于政务信息系统", "GB/T 40692", dict(CLASSES)[facts.category], "满足" if government else "不满足"),
    )
    if facts.classified:
        return Finding("fail", f"{facts.name}为涉密系统，不得使用政务云服务", rows)
    if not government:
        return Finding("fail", f"{facts.name}不属于政务信息系统，不适用本办法", rows)
    return Finding("ok", "系统属于适用范围", rows)


@dataclass(frozen=True)
class Place:
    """Where a system runs; outside the cloud with the ground, the plan to move, and the bureau's note on it."""

    name: str
    hosting: str
    ground: str = ""
    plan: str = ""
    noted: bool = False


@rule(art(3, 1), Force.IN_PRINCIPLE)
def hosted_in_principle(facts: Place, p: Parameters) -> Finding:
    """On the cloud; kept off it by a rule that is named; or off it with reason, plan and the bureau's note."""
    if facts.hosting == "cloud":
        return Finding("ok", f"{facts.name}部署在政务云平台")
    needs = [("不上云的依据" if facts.hosting == "law" else "暂不上云的理由", facts.ground.strip())]
    if facts.hosting == "plan":
        needs += [("上云计划", facts.plan.strip()), ("市大数据局备注", "已备注" if facts.noted else "")]
    rows = tuple(Row(what, "系统登记", said or "—", "满足" if said else "缺", hit=not said) for what, said in needs)
    missing = [what for what, said in needs if not said]
    if missing:
        return Finding("need", f"{facts.name}不在政务云平台，还缺{'、'.join(missing)}", rows)
    return Finding("ok", f"{facts.name}{dict(HOSTING)[facts.hosting]}，依据已登记", rows)
