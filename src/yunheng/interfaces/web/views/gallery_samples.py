"""Invented data for the page of components."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django import forms

from yunheng.foundation.workflow.errors import Refusal
from yunheng.interfaces.web import components as c
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.terms import Calendar
from yunheng.law.kernel.verdict import Row, Verdict

TODAY = date(2026, 11, 24)
PAST_DAY = date(2026, 12, 31)
_HOLIDAY = {date(2026, 10, day): "国庆节" for day in range(1, 8)} | {date(2027, 1, 1): "元旦"}
CALENDAR = Calendar(off=_HOLIDAY, work={date(2026, 10, 10): "国庆节"}, official=frozenset({2026}))

SWATCHES = (
    ("ink", "墨", "#17212e"),
    ("ink-2", "次墨", "#465264"),
    ("ink-3", "淡墨", "#5d6979"),
    ("indigo-deep", "靛深", "#0e2f54"),
    ("indigo", "靛 主色", "#14406f"),
    ("link", "链接", "#17518f"),
    ("ochre", "赭 时限、上限", "#a84a05"),
    ("green", "绿 满足", "#1a6a44"),
    ("red", "朱 超期、不符", "#b3261e"),
    ("plum", "梅 单位自付", "#6a4374"),
)
WORDS = ("草稿", "已提交", "已受理", "已审核", "已退回补正", "已批准", "已开通", "服务中", "临近到期", "已逾期", "不予批准", "已移出统筹", "已撤回", "已办结")  # fmt: skip
LEGEND = (("fund", "市级统筹"), ("unit", "单位自付"), ("none", "不计费"), ("this", "本段"))
AMOUNTS = (Decimal("1978.92"), Decimal("-6017.87"), Decimal(0), None)


def _clock(received: date, due: date | None, today: date = TODAY, **more: object) -> c.ClockView:
    return c.clock_view(received_on=received, due_on=due, today=today, calendar=CALENDAR, **more)  # type: ignore[arg-type]


def clocks() -> list[tuple[str, c.ClockView]]:
    """Every state of the clock with its name."""
    nov = [date(2026, 11, day) for day in range(1, 31)]
    soon = _clock(nov[17], nov[24])
    return [
        ("进行中", _clock(nov[22], nov[29])),
        ("临近（两个工作日内）", soon),
        ("最后一日", _clock(nov[16], nov[23])),
        ("已超期", _clock(nov[12], nov[19])),
        ("按期办结", _clock(nov[11], nov[18], done_on=nov[16])),
        ("跨调休（10月10日周六上班）", _clock(date(2026, 9, 29), date(2026, 10, 12), date(2026, 9, 30))),
        ("暂停计时", _clock(nov[17], nov[24], paused=True, term_days=5)),
        ("无法定时限", _clock(nov[19], None)),
        ("年度暂定（放假安排未公布）", _clock(date(2026, 12, 28), date(2027, 1, 5), date(2026, 12, 29))),
        (
            "自然日（试用 30 日）",
            _clock(nov[1], date(2026, 12, 2), unit="calendar", term_days=30, ends="24:00 自动停止"),
        ),
        ("超期办结", _clock(nov[9], nov[16], done_on=nov[18])),
        (
            "带后果",
            replace(soon, after_tag="逾期", after_text="相关费用可不再纳入市级统筹保障，由市大数据局决定"),
        ),
        ("长期限（缩短）", _clock(nov[1], date(2026, 12, 11))),
        ("到期", _clock(date(2025, 12, 15), date(2026, 12, 15), unit="calendar", ends="到期", soon=30)),
    ]


def cells() -> list[c.ClockView]:
    """The size for tables."""
    return [
        _clock(date(2026, 11, 20), date(2026, 11, 27)),
        _clock(date(2026, 11, 17), date(2026, 11, 24)),
        _clock(date(2026, 11, 12), date(2026, 11, 19)),
        _clock(date(2026, 11, 20), None),
    ]


def _verdict(state: str, cite: object, sentence: str, row: Row, foot: str, force: Force = Force.MUST) -> Verdict:
    return Verdict("", cite, force, state, sentence, (row,), (foot,))  # type: ignore[arg-type]


def verdicts() -> list[Verdict]:
    """The six states."""
    return [
        _verdict("ok", art(13, 2), "可纳入市级统筹保障", Row("系统处于运维期", "8月12日通过技术验收", "运维期", "满足", True), "参数 2026-01"),
        _verdict("need", art(9, 2), "应先论证", Row("占原费用", "32.19% ＞ 30%", "32.19%", "已超过", True), "参数 2026-01", Force.IN_PRINCIPLE),
        _verdict("fail", art(8), "不能发布，4 项缺 1 项", Row("密码测评", "11月20日到期", "已过期", "不满足", True), "应：没有例外"),
        _verdict("undetermined", art(10, 2), "无法判断是否闲置", Row("数据覆盖", "61.0% ＜ 85%", "61.0%", "数据不足", True), "不作“闲置”处理"),
        _verdict("waived", art(9, 2), "已书面例外", Row("理由", "防汛应急扩容", "周明", "例外", True), "2026-07-03 09:20 记录", Force.IN_PRINCIPLE),
        _verdict("preview", art(9, 2), "试算：提交时将须论证", Row("新增费用", "102,400.00 ≥ 100,000.00", "102,400.00", "已达到", True), "", Force.IN_PRINCIPLE),
    ]  # fmt: skip


def need() -> Verdict:
    """An or-rule with a bar under its rows."""
    rows = (
        Row("新增费用达 10 万元", "94,320.00 ＜ 100,000.00", "94,320.00 元", "未达到"),
        Row("新增费用超过原费用 30%", "94,320.00 ÷ 293,040.00 ＝ 32.19% ＞ 30%", "32.19%", "已超过", True),
    )
    foot = ("两项满足其一即须论证", "参数 2026-01", "2026-11-24 10:20 复算，与提交时一致")
    return Verdict("justification_required", art(9, 2), Force.IN_PRINCIPLE, "need", "应编制调整方案并论证", rows, foot)


def bar() -> c.LimitBar:
    return c.limit_bar(
        label="新增费用",
        value=Decimal(94320),
        limits=(
            c.Limit(Decimal(87912), "原费用的 30%：87,912.00　已超过", hit=True),
            c.Limit(Decimal(100000), "10 万元：未达到，差 5,680.00"),
        ),
    )


def line() -> c.TimelineView:
    """A service that was changed, repriced, suspended and left the fund."""
    d = _days("03-01 03-17 04-01 05-01 05-11 06-01 07-01 08-01 08-03 08-10 09-01 09-12 10-01 10-04")
    starts = d[1:12]
    ends = d[2:13]
    payers = ["fund"] * 7 + ["none", "fund", "fund", "unit"]
    numbers: list[int | None] = [1, 2, 3, 4, 5, 6, 7, None, 8, 9, 10]
    pieces = [
        c.Piece(n, a, b, payer, f"#piece-{n}" if n else "")
        for n, a, b, payer in zip(numbers, starts, ends, payers, strict=True)
    ]
    cuts = ((d[1], "开通"), (d[4], "变更"), (d[6], "调价"), (d[8], "暂停"), (d[9], "恢复"), (d[11], "移出统筹"))
    lanes = (
        c.Lane("数量", (c.Segment(d[1], d[4], "4 台"), c.Segment(d[4], d[12], "6 台"))),
        c.Lane("单价", (c.Segment(d[1], d[6], "960.00 元／台·月"), c.Segment(d[6], d[12], "912.00 元／台·月"))),
        c.Lane("暂停", (c.Segment(d[8], d[9], "暂停", "none"),)),
        c.Lane("承担方", (c.Segment(d[1], d[11], "市级统筹", "fund"), c.Segment(d[11], d[12], "单位自付", "unit"))),
    )
    return c.timeline_view(
        start=d[0],
        end=d[13],
        lanes=lanes,
        cuts=[*(c.Cut(on, f"{on.month}-{on.day:02d} {word}") for on, word in cuts), c.Cut(d[12])],
        pieces=pieces,
        highlight=9,
        label="云主机的计费时间线",
    )


def long_line() -> c.TimelineView:
    """Three years: quarters and years instead of months."""
    start, end = date(2024, 10, 1), date(2027, 10, 1)
    change = date(2026, 3, 1)
    return c.timeline_view(
        start=start,
        end=end,
        lanes=(c.Lane("数量", (c.Segment(start, change, "2 台"), c.Segment(change, end, "3 台"))),),
        cuts=(c.Cut(start, "2024-10-01 开通"), c.Cut(change, "2026-03-01 变更")),
        pieces=(c.Piece(1, start, change, "fund", "#piece-1"), c.Piece(2, change, end, "fund", "#piece-2")),
        highlight=2,
        label="三年的计费时间线",
    )


def _days(text: str) -> list[date]:
    return [date.fromisoformat(f"2026-{part}") for part in text.split()]


def steps() -> c.StepBar:
    items = (
        ("已提交", "教育局 11月17日"),
        ("已受理", "服务中心 11月18日"),
        ("已审核", "服务中心 11月20日"),
        ("审批", "轮到市大数据局"),
        ("通知开通", "5 个工作日内"),
        ("确认开通", "双方确认即计费"),
    )
    return c.step_bar([c.StepItem(*item) for item in items], current=3)


def tasks() -> list[c.TaskItem]:
    every = clocks()
    return [
        c.TaskItem("是否移出统筹：文旅云 3 台云主机", "#", (art(10, 3),), "YH-2026-0098", badge=c.badge("已逾期"), summary="收到建议后 5 个工作日内未调整，也未提交意见说明。涉及年费 34,560.00 元。", clock=every[3][1], action=c.Button("作决定", href="#", look="primary")),
        c.TaskItem("答复优化建议：智慧阅读平台 2 台云主机缩容", "#", (art(10, 2),), "YH-2026-0117", ("云服务商 11月18日送达",), clock=every[1][1], late_after="相关费用可不再纳入市级统筹保障，由市大数据局决定", action=c.Button("去答复", href="#", look="primary")),
        c.TaskItem("补正变更申请：招生考试服务系统", "#", (art(9, 2),), "BG-2026-0209", ("缺 2 项材料",), badge=c.badge("已退回补正"), lane="covered", clock=every[7][1], then="补齐调整方案、论证意见后，由负责人重新提交", action=c.Button("去补正", href="#")),
    ]  # fmt: skip


def month() -> c.MonthView:
    marks = {date(2026, 11, 24): "soon", date(2026, 11, 25): "soon", date(2026, 11, 27): "other"}
    return c.month_view(year=2026, month=11, today=TODAY, calendar=CALENDAR, marks=marks)


FIGURES = (
    c.Figure("变更前年费", "293,040.00", "元", "11月24日台账与价目"),
    c.Figure("变更后年费", "387,360.00", "元", "同一价目"),
    c.Figure("新增服务费用", "+94,320.00", "元", "全年折算", reading="R-003"),
    c.Figure("新增占原费用", "32.19", "%", "94,320.00 ÷ 293,040.00"),
)
FACTS = (
    ("用户单位", "市教育局（一级预算单位）"),
    ("系统等级与类别", "等保三级 · 业务应用类"),
    ("网络区域", "互联网区"),
    c.Fact("所处阶段", "运维期，自2026年9月1日", cite=art(13, 2)),
    ("资产归属／建设方式", "市教育局／自建"),
    ("期望开通", "2026年12月1日"),
)
PAIRS = (("在用系统", "6 个"), ("在用资源", "84 项"), c.Fact("未经审批已开通", "2 项", look="red"))


def _at(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 11, day, hour - 8, minute, tzinfo=UTC)


def record() -> list[c.RecordItem]:
    return [
        c.RecordItem("待审批", "市大数据局 周明", waiting=True, words="无法定时限，已等待 2 个工作日"),
        c.RecordItem("提出审核意见", "服务中心 吴倩", "核减 4 行，建议批准，纳入市级统筹。", _at(20, 15, 26), art(7)),
        c.RecordItem("受理", "服务中心 吴倩", at=_at(18, 9, 41), cite=art(4)),
        c.RecordItem("提交", "市教育局 罗建华（负责人）", at=_at(17, 16, 8)),
    ]


PAPERS = (
    c.DocumentItem("服务需求申请表（盖章）", "#", right="0.8 MB"),
    c.DocumentItem("资源清单", "#", right="xlsx"),
    c.DocumentItem("审核意见书", remark="审批后生成正式文本", right="草稿"),
)
D = Decimal
DIFF = (
    ("changed", "云主机 ECS", "8 核 32 G", D(960), "12 台", "18 台", D(138240), D(207360), D(69120)),
    ("added", "分布式数据库 DRDS", "8 核 32 G", D(2900), "—", "2 个", None, D(69600), D(69600)),
    ("removed", "云数据库 RDS", "主备 4 核 16 G", D(1400), "2 个", "—", D(33600), None, D(-33600)),
    ("same", "云盘 DISK", "SSD", D("0.80"), "6,000 GB", "6,000 GB", D(57600), D(57600), D(0)),
)
LINES = (
    ("教育督导平台扩容", "变更 BG-2026-0224", "云服务商 · 完成变更", art(9), 0),
    ("校园舆情系统（已下线）", "退出 TC-2026-0058", "云服务商 · 释放资源", art(11), 1),
    ("文旅云", "优化 YH-2026-0098", "市大数据局 · 决定", art(10, 3), 2),
    ("教师研修平台", "申请 SQ-2026-0391", "市大数据局 · 审批", art(7), 3),
)
FORMULA = c.Formula((c.Term("6 × 912.00 ×"), c.Term("12 × 11", "365"), c.Term("＝ 1,978.9150… ≈")), "1,978.92 元")
TABS = (c.Tab("轮到我办", "#", current=True, count=4), c.Tab("在别人手里", "#", count=12), c.Tab("已办结", "#"))
PAGES = c.Pages("#", "#", "第 51–100 件")
CRUMBS = (c.Crumb("办件", "#"), c.Crumb("服务申请", "#"), c.Crumb("SQ-2026-0391"))
ACTION_BAR = c.ActionBar(
    "批准",
    art(7),
    "今天批准，示例云服务有限公司须在12月1日（周二）24:00 前开通；系统自动送达通知。",
    primary=c.Button("批准并通知开通", href="#", look="primary"),
    quiet=c.Button("不予批准", href="#"),
)
WAITING_BAR = c.ActionBar(waiting="现在轮到市大数据局，你可以查看")
BLOCKED_BAR = c.ActionBar(
    "提交",
    art(6),
    primary=c.Button("提交", disabled=True),
    blocked="缺少“需求测算依据”。补上后可提交",
    blocked_href="#",
)


def refusal() -> Refusal:
    return Refusal("11月24日 10:18 已由周明批准，页面已更新", cite=art(7), todo="看一看办理经过，再决定下一步。")


class SampleForm(forms.Form):
    """All kinds of fields."""

    system = forms.CharField(label="信息系统", help_text="按登记的全称填写")
    quantity = forms.IntegerField(label="申请数量", min_value=1, error_messages={"min_value": "申请数量须大于 0"})
    level = forms.ChoiceField(
        label="等保级别",
        choices=[("", "选择级别"), ("2", "二级"), ("3", "三级")],
        error_messages={"required": "选择等保级别"},
    )
    answer = forms.ChoiceField(
        label="答复",
        widget=forms.RadioSelect,
        choices=[
            ("adjust", "按建议调整｜自动拟好变更申请，减少费用无须论证。"),
            ("exit", "退出释放｜这 2 台不再使用。发起退出，先做数据备份。"),
            ("object", "提交意见说明｜认为建议不合理。写明理由，由市大数据局裁定。"),
        ],
    )
    networks = forms.MultipleChoiceField(
        label="网络区域",
        widget=forms.CheckboxSelectMultiple,
        choices=[("gov", "政务外网区"), ("net", "互联网区")],
        required=False,
    )
    paper = forms.FileField(label="需求测算依据", help_text="xlsx 或 pdf，不超过 20 MB", required=False)
    reason = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agreed = forms.BooleanField(label="所附材料与原件一致", error_messages={"required": "确认材料与原件一致"})


class FilterForm(forms.Form):
    """A filter line."""

    word = forms.CharField(label="编号、系统、单位", required=False)
    state = forms.ChoiceField(
        label="状态", choices=[("", "全部状态"), ("approved", "已批准"), ("late", "已逾期")], required=False
    )
    since = forms.DateField(label="收到日自", widget=forms.DateInput(attrs={"type": "date"}), required=False)


def uses() -> list[tuple[str, c.DailyChart | None]]:
    """Use by day with every sort of level, by hour, and of a whole system whose capacity changed."""
    days = [date(2026, 9, 18) + timedelta(days=n) for n in range(60)]
    levels = (
        c.Level(50, "建议规格4核的全部能力（50%）", "capacity"), c.Level(45, "最忙一小时上限45%"), c.Level(35, "P99.5上限35%", "usual"),
    )  # fmt: skip
    own = [
        c.DayUse(day, None if n == 40 else 16.0 + n * 7 % 19, None if n == 40 else 9.0 + n * 5 % 11)
        for n, day in enumerate(days)
    ]
    hours = [c.HourUse(datetime(2026, 11, 23, 16, tzinfo=UTC) + timedelta(hours=n), 12.0 + n * 5 % 17, 9.0 + n * 3 % 9, 6.0 + n % 5)
             for n in range(10)]  # fmt: skip
    course = ((days[0], 48.0), (days[25], 32.0))
    whole = (c.Level(32, "台账规格 32 核", "capacity", course), c.Level(24, "在办建议落实后 24 核", "after"))
    cores = [c.DayUse(day, 11.0 + n * 7 % 8, 6.0 + n * 5 % 6) for n, day in enumerate(days)]
    return [
        ("逐日", c.daily_chart(label="ECS-7F21 CPU使用率", unit="%", axis="CPU使用率（%）", days=own, levels=levels)),
        (
            "逐时",
            c.hourly_chart(label="ECS-7F21 CPU使用率", unit="%", since=TODAY, until=TODAY, hours=hours, levels=levels),
        ),
        (
            "整个系统",
            c.daily_chart(
                label="教育督导平台",
                unit="核",
                days=cores,
                levels=whole,
                keys=("各实例当日最高之和", "各实例当日P95之和", ""),
            ),
        ),
    ]


def bands() -> tuple[c.BandBar, list[tuple[str, str]]]:
    """How a fleet is used, with the key of its bands."""
    names = ("＜10", "10–20", "20–40", "40–70", "≥70")
    parts = [c.Part(name, share) for name, share in zip(names, (9, 18, 34, 31, 8), strict=True)]
    looks = ("band-1", "band-2", "band-3", "band-4", "band-over")
    return c.band_bar(label="政务外网区4,120核", parts=parts), list(zip(looks, names, strict=True))
