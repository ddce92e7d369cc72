"""The security undertaking of a unit (19.2): read it, sign it before it is asked for, see who signed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from yunheng.domain.services.models import Undertaking
from yunheng.domain.services.operations import undertake
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.errors import NotFound
from yunheng.interfaces.web.access import Asked, page
from yunheng.law.kernel.citation import art

# What a unit undertakes, in our words, with the paragraph that asks for it.
CLAUSES = (
    ("对本单位部署在政务云上的系统和数据负安全主体责任", art(19, 2)),
    ("按等级完成等保测评、商用密码应用安全性评估和软件测评，及时整改所发现的风险", art(19, 2)),
    ("系统正式发布前完成各项评估，并在云资源上安装监控插件", art(8)),
    ("按核定的内容和用途使用云资源，不擅自变更，不部署申请范围以外的系统", art(9, 1)),
    ("不部署、不使用非法软件工具，落实安全管理和技术防护措施", art(20)),
    ("依法保护数据，敏感数据按规定脱敏脱密", art(21)),
    ("制定应急预案，参加培训和演练，配合处置安全事件和监督检查", art(20)),
)


def signed_by(actor: Actor) -> Undertaking | None:
    """The undertaking of the actor's unit, if it is signed."""
    return Undertaking.objects.filter(unit_id=actor.organisation_id).select_related("signed_by", "unit").first()


@page
def undertaking(request: Asked) -> HttpResponse:
    """The text and who signed it; the head signs here."""
    if request.actor.kind != "user_unit":
        raise NotFound("承诺书由用户单位签署，你的单位没有这一页", cite=art(19, 2))
    if request.method == "POST":
        undertake(actor=request.actor, at=timezone.now())
        messages.success(request, "已签署上云安全承诺书")
        return redirect("undertaking")
    held = signed_by(request.actor)
    may = held is None and request.actor.has("head")
    return render(request, "pages/undertaking.html", {"held": held, "clauses": CLAUSES, "may_sign": may})
