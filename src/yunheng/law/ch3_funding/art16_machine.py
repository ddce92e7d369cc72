"""Article 16 as a procedure: from the provider's statement of a year to the payment that settles it.

issued ─ compared ─ verified ─ commissioned ─ accounted ─ audited ─ settled
           └─────────┴──── return ──────────────┘
any open state ─ deferred ─ back to where it was (24.2)
"""

from __future__ import annotations

from yunheng.law.kernel.citation import art
from yunheng.law.kernel.machine import BACK, By, Machine, State, Step, Watch, register

PROVIDER, HEAD, CLOCK = By("provider", "finance"), By("user_unit", "head"), By("clock")
VERIFIER, APPROVER, FINANCE = By("centre", "verifier"), By("bureau", "approver"), By("bureau", "finance")
ACCOUNTANT = By("auditor", "accountant")
OPEN = ("issued", "compared", "verified", "commissioned", "accounted", "audited")

# fmt: off
STATES = (
    State("draft",        "出账中",   "grey"),
    State("issued",       "已出账",   "run"),
    State("compared",     "待核查",   "run"),
    State("verified",     "已核查",   "run"),
    State("commissioned", "核算中",   "run"),
    State("accounted",    "已核算",   "run"),
    State("audited",      "待支付",   "ok"),
    State("deferred",     "暂缓结算", "bad"),
    State("settled",      "已结算",   "ok", final=True),
)

STEPS = (
    Step("issue", ("draft",), "issued", (PROVIDER,), art(16), "出具账单",
         informs=("centre", "bureau"), irrevocable=True, follows="账单出具后不改动；平台随即逐行复算比对"),
    Step("recompute", ("issued",), "compared", (PROVIDER, VERIFIER, CLOCK), art(16), "复算比对",
         informs=("provider", "centre", "user_unit"), follows="各单位确认或提出疑问，服务中心核查"),
    Step("adjust", ("compared",), "", (PROVIDER,), art(16), "出具调整行", awaited=False,
         informs=("centre",), follows="原行不改动，调整行注明所更正的行"),
    Step("unit_confirm", ("compared",), "", (HEAD,), art(16), "确认本单位账单", watch=(Watch("unit_confirm_term"),),
         informs=("centre", "provider"), follows="对本单位部分予以确认",
         lapse="逾期记为未答复，不视为同意"),
    Step("unit_query", ("compared",), "", (HEAD,), art(16), "提出疑问", awaited=False, needs_opinion=True,
         informs=("provider", "centre"), follows="由云服务商限期答复"),
    Step("answer", ("compared",), "", (PROVIDER,), art(16), "答复疑问", watch=(Watch("unit_answer_term"),), needs_opinion=True,
         informs=("user_unit", "centre"), follows="单位看过答复后再确认",
         lapse="逾期未答复的，由服务中心在核查中认定"),
    Step("verify", ("compared",), "verified", (VERIFIER,), art(16), "提交核查结果",
         guards=("four_checks",), informs=("bureau", "provider"), follows="报送市大数据局，由其委托第三方或专家核算"),
    Step("return", ("compared",), "", (VERIFIER,), art(16), "退云服务商说明", awaited=False, needs_opinion=True,
         informs=("provider",), follows="云服务商出具调整行或说明理由"),
    Step("return", ("verified", "accounted"), "compared", (VERIFIER, APPROVER), art(4, 1), "退回重核", awaited=False,
         needs_opinion=True, informs=("centre", "provider"), follows="重新复算，由服务中心再核查"),
    Step("commission", ("verified",), "commissioned", (APPROVER,), art(16), "委托核算",
         guards=("independent",), informs=("auditor", "centre", "provider"), irrevocable=True,
         follows="结算包就此封存，第三方据此核算"),
    Step("account", ("commissioned",), "accounted", (ACCOUNTANT,), art(16), "提交核算结果",
         guards=("account_adds_up",), informs=("bureau", "provider"), watch=(Watch("account_comment_term"),),
         follows="云服务商可提出意见；市大数据局审核应付金额"),
    Step("comment", ("accounted",), "", (PROVIDER,), art(16), "对核算结果提出意见", awaited=False, needs_opinion=True,
         informs=("bureau", "auditor"), follows="由市大数据局在审核时一并考虑"),
    Step("audit", ("accounted",), "audited", (APPROVER,), art(4, 1), "审核应付金额",
         guards=("payable",), informs=("provider", "centre"), irrevocable=True, follows="生成结算单，由财务支付"),
    Step("settle", ("audited",), "settled", (FINANCE,), art(16), "登记支付", irrevocable=True,
         guards=("paid_exactly",), informs=("provider", "centre"), follows="据实结算，本件办结；以后的变化列为调整行"),
    Step("defer", OPEN, "deferred", (APPROVER,), art(24, 2), "暂缓结算", awaited=False, needs_opinion=True,
         informs=("provider", "centre"), follows="恢复前不得支付"),
    Step("resume", ("deferred",), BACK, (APPROVER,), art(24, 2), "恢复结算", needs_opinion=True,
         informs=("provider", "centre"), follows="回到暂缓前的环节"),
)
# fmt: on

SETTLEMENT = register(
    Machine(
        kind="settlement",
        zh="费用结算",
        prefix="JS",
        cite=art(16),
        states=STATES,
        steps=STEPS,
        path=("issued", "compared", "verified", "accounted", "audited", "settled"),
        stages=("出账", "复算与确认", "核查", "核算", "审核", "支付"),
        separated=("verify", "audit", "account"),
        provider_from=("issue",),
    )
)
