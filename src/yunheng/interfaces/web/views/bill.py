"""The bill by unit and system, the ledger of services, and why an amount is what it is."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.core.paginator import Paginator
from django.db.models import Q, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.billing import queries as billing
from yunheng.domain.billing.use import sources
from yunheng.domain.services import ledger
from yunheng.domain.services.models import Service
from yunheng.domain.services.roles import may_say_roles, role_words
from yunheng.foundation.workflow.errors import NotFound
from yunheng.foundation.workflow.models import parameters_on
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.money import price as price_of
from yunheng.interfaces.web.components.money import yuan
from yunheng.interfaces.web.components.parts import Crumb, Figure, Formula, Term
from yunheng.interfaces.web.views import drawing, trials
from yunheng.interfaces.web.views.contracts import money_tabs
from yunheng.interfaces.web.views.files import XLSX
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.interfaces.web.views.systems import ledger_tabs
from yunheng.law.ch3_funding.art14_contract import PRORATIONS
from yunheng.law.ch3_funding.art15_charging import Charged, Line, MissingPrice
from yunheng.law.ch3_funding.art15_payer import payer
from yunheng.law.kernel.period import Period

MOST_SYSTEMS = 60  # rows of the table by system; the words below it say how many there are beyond
PERS = {"month": "月", "year": "年", "day": "日", "use": "", "once": "次"}


@page
def bill(request: Asked) -> HttpResponse:
    """The year's accrual: sums by payer, by unit and by system, then every line."""
    year = _year(request)
    found = billing.in_period(billing.lines(actor=request.actor), date(year, 1, 1), date(year + 1, 1, 1))
    unit, system = request.GET.get("unit", ""), request.GET.get("system", "")
    if unit:
        found = found.filter(unit__credit_code=unit)
    if system:
        found = found.filter(system__code=system)
    if request.GET.get("as") == "xlsx":
        return _workbook(found, year)
    sums = billing.totals(found)
    rows = found.prefetch_related("unit__former_names").order_by("unit_id", "system_id", "service_id", "from_on")
    shown = Paginator(rows, 50).get_page(request.GET.get("page"))
    query = request.GET.copy()
    systems = _sums(found, "system__name", "system__code")
    values = {
        "year": year,
        "years": range(2025, timezone.localdate().year + 1),
        "figures": [
            Figure("全年已计费", yuan(sums.all), "元"),
            Figure("市级统筹资金承担", yuan(sums.fund), "元"),
            Figure("用户单位自付", yuan(sums.unit), "元"),
        ],
        "units": _sums(found, "unit__short_name", "unit__credit_code"),
        "systems": systems[:MOST_SYSTEMS],
        "systems_beyond": max(0, len(systems) - MOST_SYSTEMS),
        "lines": shown.object_list,
        "total": shown.paginator.count,
        "pages": pages_of(query, shown),
        "unit": unit,
        "system": system,
        "tabs": money_tabs("bill"),
        "shows_use": request.actor.kind in ("bureau", "centre", "provider"),
        "export": f"?{request.GET.urlencode()}&as=xlsx",
    }
    return render(request, "pages/bill.html", values)


def _year(request: Asked) -> int:
    text = request.GET.get("year", "")
    return int(text) if text.isdecimal() and 1990 <= int(text) <= 2199 else timezone.localdate().year


def _sums(found: Any, name: str, key: str) -> list[dict[str, Any]]:
    rows = (
        found.order_by()
        .values(name, key)
        .annotate(fund=Sum("amount", filter=Q(payer="fund")), unit=Sum("amount", filter=Q(payer="unit")))
        .order_by(name)
    )
    zero = Decimal("0.00")
    return [{"name": r[name], "key": r[key], "fund": r["fund"] or zero, "unit": r["unit"] or zero} for r in rows]


def _workbook(found: Any, year: int) -> HttpResponse:
    """Every line with its amount to the fen; amounts are numbers, everything else is text."""
    buffer = io.BytesIO()
    rows = found.prefetch_related("unit__former_names").order_by("unit_id", "service_id", "from_on")
    heads = (
        "服务",
        "用户单位",
        "系统",
        "合同",
        "产品",
        "起",
        "止（不含）",
        "天数",
        "数量",
        "单价",
        "承担方",
        "规则",
        "金额（元）",
    )
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet, money = book.add_worksheet(f"{year}年"), book.add_format({"num_format": "#,##0.00"})
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head)
        for row, line in enumerate(rows, 1):
            texts = (
                line.service.number, line.unit_name, line.system.name, line.contract.number, line.sku,
                line.from_on.isoformat(), line.to_on.isoformat(), str(line.days), f"{line.quantity.normalize():f}",
                f"{line.unit_price.normalize():f}", line.get_payer_display(), line.rule,
            )  # fmt: skip
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text)
            sheet.write_number(row, len(texts), line.amount, money)
    answer = HttpResponse(buffer.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="bill-{year}.xlsx"'
    return answer


@page
def services(request: Asked) -> HttpResponse:
    """The ledger: what runs, since when, for whom."""
    found = ledger.services(actor=request.actor)
    words = request.GET.get("q", "").strip()
    if words:
        found = found.filter(
            Q(number__icontains=words) | Q(system__name__icontains=words) | Q(unit__short_name__icontains=words)
            | Q(name__icontains=words) | Q(sku__icontains=words)
        )  # fmt: skip
    if request.GET.get("running"):
        found = ledger.running_on(found, timezone.localdate())
    shown = Paginator(found.order_by("-number"), 50).get_page(request.GET.get("page"))
    values = {
        "services": trials.rows(shown.object_list, timezone.localdate()), "total": shown.paginator.count,
        "pages": pages_of(request.GET.copy(), shown), "filter": request.GET,
        "tabs": ledger_tabs("services"),
    }  # fmt: skip
    return render(request, "pages/services.html", values)


@page
def why(request: Asked, number: str) -> HttpResponse:
    """One service's year, cut into pieces; one of them explained to the fen."""
    service = ledger.services(actor=request.actor).select_related("contract__provider").filter(number=number).first()
    if service is None:
        raise NotFound("没有这条服务，或你无权查看")
    start = _asked_day(request, service)
    charged = billing.charged(service=service, period=Period(date(start.year, 1, 1), date(start.year + 1, 1, 1)))
    try:
        lines = charged.lines
    except MissingPrice as missing:
        gap = missing.gaps[0]
        raise NotFound(
            f"{gap.sku} 在 {gap.period.start} 至 {gap.period.end} 没有价格，账单已挂起",
            todo="由采购单位补录合同价格后重算",
        ) from missing
    at = next((n for n, line in enumerate(lines) if start in line.period), 0 if lines else None)
    may_replace = request.actor.kind == "provider" and request.actor.has("delivery")
    more = {
        "may_replace": may_replace, "may_say_roles": may_say_roles(service, request.actor), "roles": role_words(service),
    }  # fmt: skip
    return render(request, "pages/why.html", _why(service, charged, lines, at) | more)


def _asked_day(request: Asked, service: Service) -> date:
    try:
        asked = date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        asked = date.min
    if not 1990 <= asked.year <= 2199:
        return max(service.opened_on, date(timezone.localdate().year, 1, 1))
    return asked


def _why(service: Service, charged: Charged, lines: tuple[Line, ...], at: int | None) -> dict[str, Any]:
    rows = drawing.rows(service, charged)
    values: dict[str, Any] = {
        "service": service,
        "crumbs": [
            Crumb("资金结算", reverse("bill")),
            Crumb(service.unit.short_name, f"{reverse('bill')}?unit={service.unit.credit_code}"),
            Crumb(service.system.name, f"{reverse('bill')}?system={service.system.code}"),
            Crumb(service.number),
        ],
        "rows": rows,
        "fund": sum((line.amount for line in lines if line.payer == "fund"), Decimal("0.00")),
        "unit": sum((line.amount for line in lines if line.payer == "unit"), Decimal("0.00")),
        "timeline": drawing.view(service, charged, at),
        "legend": [("fund", "市级统筹"), ("unit", "单位自付"), ("none", "不计费"), ("this", "本段")],
    }
    if at is None:
        return values | {"title": "这段时间不计费"}
    line = lines[at]
    p = parameters_on(line.period.start, service.jurisdiction_id)
    stored = billing.stored_line(service=service, line=line)
    return values | {
        "line": line,
        "no": at + 1,
        "title": f"为什么是 {yuan(line.amount)} 元",
        "lead": f"第 {at + 1} 段，{drawing.span(line.period)}，共 {line.days} 天",
        "last": line.period.end - timedelta(days=1),
        "formula": formula(line),
        "facts": _origins(service, line),
        "verdict": payer((charged.account, line.period.start), p),
        "previous": lines[at - 1].period.start if at else None,
        "next": lines[at + 1].period.start if at + 1 < len(lines) else None,
        "stored": stored,
        "differences": billing.differences(stored, line) if stored else [],
    }


def formula(line: Line) -> Formula:
    """6 x 912.00 x 12 x 11 / 365 = 1,978.9150… ≈ 1,978.92 元."""
    above = f"12 × {line.days}" if line.per == "month" and line.numerator == 12 * line.days else str(line.numerator)
    exact = line.exact
    digits = f"{Decimal(exact.numerator) / Decimal(exact.denominator):,.4f}"
    tail = "" if exact * 10000 == int(exact * 10000) else "…"
    parts = [Term(f"{line.quantity.normalize():f} × {price_of(line.unit_price)}")]
    if line.denominator != 1 or line.numerator != 1:
        parts += [Term("×"), Term(above, str(line.denominator))]
    return Formula((*parts, Term(f"= {digits}{tail} ≈")), f"{yuan(line.amount)} 元")


def _origins(service: Service, line: Line) -> list[tuple[str, str, str]]:
    """Each figure and where it comes from."""
    source = service.conditions.filter(kind="quantity", on__lte=line.period.start).select_related("case").last()
    case = source.case if source else service.case
    per = PERS[line.per]
    unit = service.measure
    price = f"{price_of(line.unit_price)} 元／{unit}{'·' + per if per else ''}"
    last = line.period.end - timedelta(days=1)
    used = sources(service=service, period=line.period) if line.per == "use" else []
    entered = "云服务商报送的用量之和" if line.per == "use" else f"{case.number if case else service.number}"
    return [
        ("数量", f"{line.quantity.normalize():f} {unit}", entered),
        *[("用量", what, source) for what, source in used],
        ("单价", price, f"合同 {service.contract.number} 价目，含税"),
        ("天数", f"{line.days} 天", f"{line.period.start:%m-%d} 计，{last:%m-%d} 是最后一天"),
        ("折算", f"{line.numerator} ÷ {line.denominator}", f"合同约定：{dict(PRORATIONS)[service.contract.proration]}"),
        ("取整", "四舍五入到分，每行一次", "合计为各行之和"),
    ]
