"""The provider's tables of use for what is charged by use (15.1): what was handed in, and the door to hand one in."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.billing import use as do
from yunheng.foundation.workflow.errors import BadInput, NotYours, Problem
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb
from yunheng.interfaces.web.views.files import XLSX, download

SHOWN, MB = 50, 1048576


@page
def use(request: Asked) -> HttpResponse:
    """Hand in a table, with what was handed in below; with a wrong row it is refused as a whole."""
    problems: tuple[Problem, ...] = ()
    may = do.hands_in_use(request.actor)
    if not may and request.actor.kind not in ("bureau", "centre", "provider"):
        raise NotYours("用量表由云服务商报送", cite=do.CITE, todo="本单位的用量见各服务的“为什么是这个金额”")
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None or (file.size or 0) > settings.UPLOAD_MAX_BYTES:
                words = f"选择用量表，不超过 {settings.UPLOAD_MAX_BYTES // MB} MB"
                raise BadInput([Problem("文件", words)], cite=do.CITE)
            made = do.hand_in_use(content=file.read(), filename=file.name or "", actor=request.actor, at=timezone.now())
        except BadInput as error:
            problems = error.problems
        else:
            messages.success(request, f"已收下 {made.rows:,} 行，其中更正 {made.corrected:,} 行；下次计提时计费")
            return redirect("use")
    values = {
        "problems": problems, "may_hand_in": may, "tables": do.use_tables(actor=request.actor)[:SHOWN],
        "most": settings.UPLOAD_MAX_BYTES // MB, "crumbs": [Crumb("资金结算", reverse("bill")), Crumb("用量")],
    }  # fmt: skip
    return render(request, "pages/use.html", values, status=422 if problems else 200)


@page
def sheet(request: Asked) -> HttpResponse:
    """An empty sheet with the columns."""
    return download(do.template(), "用量模板.xlsx", XLSX)
