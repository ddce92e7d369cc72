"""Article 26: the measures apply from their first day, also to what runs already. That is registered once (存量登记).

    listed ─ confirmed ─ registered ─┬─ completed
      └── send_back ──┘              └─ supplied ─┘

The provider says what runs, the unit says whose it is, the bureau decides the ledger with basis 存量. What nobody
confirms stays listed and enters no ledger. What papers are missing is owed with a day that the decision names; it is no
fault.
"""

from __future__ import annotations

from dataclasses import dataclass

from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.machine import By, Machine, State, Step, Watch, register
from yunheng.law.kernel.parameters import Parameters
from yunheng.law.kernel.verdict import Finding, Row, rule

HEAD, DELIVERY = By("user_unit", "head"), By("provider", "delivery")
APPROVER, ACCEPTOR, CLOCK = By("bureau", "approver"), By("centre", "acceptor"), By("clock")

# fmt: off
STATES = (
    State("listed",     "待单位确认",   "run"),
    State("confirmed",  "单位已确认",   "run"),
    State("registered", "已入账待补材料", "ok"),
    State("supplied",   "材料待核对",   "run"),
    State("completed",  "已登记",       "ok", final=True),
)

STEPS = (
    Step("confirm_list", ("listed",), "confirmed", (HEAD,), art(4, 2), "确认存量清单", guards=("lines_assigned",),
         watch=(Watch("registration_reminder", ("user_unit", "centre")),), informs=("bureau", "provider"),
         follows="由市大数据局决定入账；有异议的各行由云服务商答复"),
    Step("answer", ("confirmed",), "", (DELIVERY,), art(4, 4), "答复异议", informs=("user_unit", "bureau"),
         follows="由市大数据局逐行决定是否入账"),
    Step("send_back", ("confirmed",), "listed", (APPROVER,), art(4, 1), "退单位重新确认", awaited=False, needs_opinion=True,
         informs=("user_unit", "provider"), follows="写明须核对的内容"),
    Step("decide", ("confirmed",), "registered", (APPROVER,), art(4, 1), "决定入账",
         guards=("stock_decided",),
         informs=("user_unit", "provider", "centre"), irrevocable=True,
         follows="入账后不能撤回；各行以存量为依据进入台账，此后的差异按清单核对处理"),
    Step("supply", ("registered",), "supplied", (HEAD,), art(6, 2), "补交材料", guards=("papers_supplied",), informs=("centre",),
         watch=(Watch("registration_papers_reminder", ("user_unit",), before=True),),
         follows="由服务中心核对"),
    Step("accept_papers", ("supplied",), "completed", (ACCEPTOR,), art(4, 3), "材料齐全，登记完成", informs=("user_unit",),
         follows="本件办结"),
    Step("return_papers", ("supplied",), "registered", (ACCEPTOR,), art(6, 2), "退回补交", awaited=False, needs_opinion=True,
         informs=("user_unit",), follows="所缺材料一次列清"),
    Step("complete", ("registered",), "completed", (CLOCK,), art(26), "材料无缺，登记完成", awaited=False),
)
# fmt: on

REGISTRATION = register(
    Machine(
        kind="registration", zh="存量登记", prefix="CL", cite=art(26), states=STATES, steps=STEPS,
        path=("confirmed", "registered", "completed"), stages=("确认", "入账", "补齐材料"), provider_from=(),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Lines:
    """How many rows a unit was shown, how many it gave to one of its systems, how many it disputes with a reason."""

    total: int
    assigned: int
    disputed: int

    @property
    def open(self) -> int:
        return self.total - self.assigned - self.disputed


@rule(art(26), Force.MUST)
def lines_assigned(facts: Lines, p: Parameters) -> Finding:
    """Each row is somebody's: given to a system of the unit, or disputed with a reason."""
    rows = (
        Row("清单行数", "云服务商存量清单", f"{facts.total}行", ""),
        Row("已归入本单位系统", "逐行核对", f"{facts.assigned}行", ""),
        Row("提出异议", "写明理由", f"{facts.disputed}行", ""),
        Row("尚未核对", f"{facts.total} − {facts.assigned} − {facts.disputed}", f"{facts.open}行", "不满足" if facts.open else "满足", hit=bool(facts.open)),
    )  # fmt: skip
    if facts.open:
        return Finding("need", f"还有{facts.open}行没有归入系统，也没有提出异议", rows)
    return Finding("ok", f"{facts.total}行均已核对，其中异议{facts.disputed}行", rows)


@dataclass(frozen=True)
class Decided:
    """What the bureau decides: rows confirmed, rows in dispute, and of both together those that enter the ledger."""

    confirmed: int
    disputed: int
    entered: int

    @property
    def admitted(self) -> int:
        return self.entered - self.confirmed


@rule(art(26), Force.MUST)
def stock_decided(facts: Decided, p: Parameters) -> Finding:
    """What the unit confirmed enters the ledger, of what it disputes only what the bureau names; nothing else."""
    left = facts.disputed - facts.admitted
    holds = 0 <= facts.admitted <= facts.disputed
    rows = (
        Row("单位确认", "逐行核对", f"{facts.confirmed}行", ""),
        Row("有异议而决定入账", f"异议{facts.disputed}行", f"{facts.admitted}行", ""),
        Row("入账", f"{facts.confirmed} + {facts.admitted}", f"{facts.entered}行", "满足" if holds else "不满足", hit=not holds),
        Row("不入账", f"{facts.disputed} − {facts.admitted}", f"{left}行", ""),
    )  # fmt: skip
    if not holds:
        return Finding("fail", f"入账{facts.entered}行，与单位确认的{facts.confirmed}行不符", rows)
    return Finding("ok", f"入账{facts.entered}行，不入账{left}行", rows)


@dataclass(frozen=True)
class Supplied:
    """What papers the decision found missing, and which are handed in; by their names."""

    missing: tuple[str, ...]
    attached: frozenset[str]


@rule(art(26), Force.MUST)
def papers_supplied(facts: Supplied, p: Parameters) -> Finding:
    """Each paper that the decision names is handed in; all gaps at once."""
    rows = tuple(
        Row(name, "已附" if name in facts.attached else "未附", "有" if name in facts.attached else "缺",
            "满足" if name in facts.attached else "不满足", hit=name not in facts.attached)
        for name in facts.missing
    )  # fmt: skip
    gaps = "、".join(f"“{name}”" for name in facts.missing if name not in facts.attached)
    if gaps:
        return Finding("need", f"还缺{gaps}", rows)
    return Finding("ok", f"{len(facts.missing)}种材料均已附", rows)
