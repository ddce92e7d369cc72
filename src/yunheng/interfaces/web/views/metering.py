"""What is measured (8, 10.2): the plug-ins that send, the tables that providers handed in, and the door to hand one in."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.metering import tables
from yunheng.domain.metering.goodbyes import VERDICTS, stopping
from yunheng.domain.metering.handing import hand_in as take_in
from yunheng.domain.metering.handing import handed_in, hands_in
from yunheng.domain.metering.integrity import open_doubts
from yunheng.domain.metering.models import Goodbye, UsageTable
from yunheng.domain.metering.operations import CITE, enrol, may_enrol, revoke, senders
from yunheng.domain.metering.silence import how
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem, Refusal
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.forms.base import ActForm, Text
from yunheng.interfaces.web.views.files import XLSX, download
from yunheng.interfaces.web.views.paging import pages_of
from yunheng.interfaces.web.views.watching import watching_tabs
from yunheng.law.ch2_use.art08_silence import STANDINGS

SHOWN = 50


@page
def metering(request: Asked) -> HttpResponse:
    """The plug-ins of the services that the reader may see, and the tables handed in."""
    found = senders(actor=request.actor).filter(revoked_at=None).select_related("service__system", "service__unit")
    words = request.GET.get("q", "").strip()
    if words:
        found = found.filter(service__number__icontains=words) | found.filter(instance__icontains=words)
    shown = Paginator(found.order_by("service__number", "instance"), SHOWN).get_page(request.GET.get("page"))
    now, ids = timezone.now(), [sender.pk for sender in shown.object_list]
    doubts, stopped = open_doubts(ids), stopping(ids)
    values = {
        "rows": [
            (row, *STANDINGS[how(row, at=now)], doubts.get(row.pk, []), _goodbye(stopped.get(row.pk)))
            for row in shown.object_list
        ],
        "total": shown.paginator.count,
        "pages": pages_of(request.GET.copy(), shown),
        "filter": request.GET,
        "tables": handed_in(actor=request.actor)[:SHOWN],
        "tabs": watching_tabs("metering"),
        "may_hand_in": hands_in(request.actor),
        "may_enrol": may_enrol(request.actor),
    }
    return render(request, "pages/metering.html", values)


def _goodbye(said: Goodbye | None) -> str:
    return f"插件告知停止：{said.reason}（{VERDICTS[said.verdict][0]}）" if said else ""


class PluginForm(ActForm):
    """The instance of a service whose plug-in is enrolled."""

    service = Text("服务编号", most=40, help_text="台账的服务编号，如S-2026-0001")
    instance = Text("实例", most=80, help_text="台账登记的实例编号")


@page
def enrolment(request: Asked) -> HttpResponse:
    """Enrol a plug-in, or end its token; a new token is shown in the answer itself and nowhere after."""
    if not may_enrol(request.actor):
        raise NotYours("监控插件由云服务商交付登记和停用", cite=CITE, todo="交云服务商交付办理")
    now, made, token = timezone.now(), None, ""
    if request.POST.get("do") == "revoke":
        number = request.POST.get("sender", "")
        ended = revoke(sender=int(number) if number.isdecimal() else 0, actor=request.actor, at=now)
        messages.success(request, f"已停用{ended.service.number}实例{ended.instance}的令牌")
        return redirect("metering")
    given = {name: request.GET.get(name, "") for name in ("service", "instance")}
    form = PluginForm(request.POST if request.method == "POST" else None, initial=given)
    if form.is_bound and form.is_valid():
        try:
            made, token = enrol(actor=request.actor, at=now, **form.cleaned_data)
        except Refusal as refusal:
            form.take(refusal)
    crumbs = [Crumb("监测优化", reverse("optimization")), Crumb("监测", reverse("metering")), Crumb("登记插件")]
    values = {"form": form, "made": made, "token": token, "crumbs": crumbs}
    answer = render(request, "pages/plugin_new.html", values, status=422 if form.errors else 200)
    answer["Cache-Control"] = "no-store"
    return answer


@page
def hand_in(request: Asked) -> HttpResponse:
    """Hand in a table; with a wrong row it is refused as a whole."""
    if not hands_in(request.actor):
        raise NotYours("资源使用情况表由云服务商的交付或监测人员报送", cite=tables.CITE, todo="交云服务商办理")
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            made = _taken(request)
        except BadInput as error:
            problems = error.problems
        else:
            words = f"已收下 {made.rows:,} 行，{made.instances:,} 个实例，{made.first} 至 {made.last}；汇总后可见"
            messages.success(request, words)
            return redirect("metering")
    values = {
        "problems": problems,
        "most": settings.UPLOAD_MAX_BYTES // 1048576,
        "most_rows": tables.MOST_ROWS,
        "crumbs": [
            Crumb("监测优化", reverse("optimization")), Crumb("监测", reverse("metering")), Crumb("报送使用情况"),
        ],
    }  # fmt: skip
    return render(request, "pages/usage_new.html", values, status=422 if problems else 200)


def _taken(request: Asked) -> UsageTable:
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // 1048576
        raise BadInput([Problem("文件", f"选择使用情况表，不超过 {most} MB")], cite=tables.CITE)
    return take_in(content=file.read(), filename=file.name or "", actor=request.actor, at=timezone.now())


@page
def sheet(request: Asked) -> HttpResponse:
    """An empty sheet with the columns."""
    return download(tables.template(), "资源使用情况模板.xlsx", XLSX)
