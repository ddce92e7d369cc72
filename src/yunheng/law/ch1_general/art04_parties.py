"""Article 4: the parties and the roles that people hold in them.

A user unit is a first-level budget unit *and* a legal person: both are asked. Others work under theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

KINDS = (
    ("user_unit", "用户单位"),
    ("bureau", "市大数据局"),
    ("centre", "服务中心"),
    ("provider", "云服务商"),
    ("auditor", "第三方机构"),
    ("supervisor", "监督部门"),
    ("admin", "平台管理"),
)
ROLES = (
    ("handler", "经办人"),
    ("head", "负责人"),
    ("security", "安全员"),
    ("approver", "审批人"),
    ("acceptor", "受理人"),
    ("reviewer", "审核人"),
    ("verifier", "费用核查"),
    ("finance", "财务"),
    ("delivery", "交付"),
    ("monitor", "监测"),
    ("accountant", "核算"),
    ("inspector", "检查"),
    ("sysadmin", "系统管理员"),
    ("secadmin", "安全管理员"),
    ("auditadmin", "审计管理员"),
)
BELOW = frozenset({"handler", "security"})  # what somebody of a second-level unit may be in the first-level unit
DELEGABLE = ("head", "approver", "finance")  # whose holder may name a deputy
# Who moves the work of one person of an organisation to another; of the three administrators nobody is two.
MANAGERS = {
    "user_unit": "head", "bureau": "approver", "centre": "reviewer", "provider": "delivery", "auditor": "accountant",
    "supervisor": "inspector", "admin": "sysadmin",
}  # fmt: skip
ADMINISTRATORS = frozenset({"sysadmin", "secadmin", "auditadmin"})
BUDGET_LEVELS = ((1, "一级预算单位"), (2, "二级预算单位"))
LEVELS = (("municipal", "市级"), ("district", "区级"))


@dataclass(frozen=True)
class Unit:
    """What decides whether an organisation may commit itself."""

    name: str
    budget_level: int
    has_legal_personality: bool


@rule(art(4, 2), Force.MUST)
def first_level_unit_submits(facts: Unit, p: Parameters) -> Finding:
    """Only a first-level budget unit with legal personality is a user unit; others work under theirs."""
    first = facts.budget_level == 1
    rows = (
        Row("一级预算单位", "单位登记", dict(BUDGET_LEVELS)[facts.budget_level], "满足" if first else "不满足"),
        Row(
            "独立法人资格",
            "单位登记",
            "有" if facts.has_legal_personality else "无",
            "满足" if facts.has_legal_personality else "不满足",
        ),
    )
    if first and facts.has_legal_personality:
        return Finding("ok", "用户单位可以自行提出申请", rows)
    return Finding("fail", f"{facts.name}不是具有独立法人资格的一级预算单位，由其一级预算单位提出申请", rows)
