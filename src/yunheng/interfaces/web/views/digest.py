"""The week's digest as the reader would get it today, and the switch for it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from yunheng.domain.parties.digests import digest_for
from yunheng.domain.parties.models import Person
from yunheng.domain.parties.operations import set_digest
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.components.parts import Crumb


@page
def digest(request: Asked) -> HttpResponse:
    """A look at the digest; the reader may switch it off and on again."""
    if request.method == "POST":
        wanted = request.POST.get("do") == "on"
        set_digest(actor=request.actor, wanted=wanted, at=timezone.now())
        messages.success(
            request, "已开启工作周报，每周首个工作日发送" if wanted else "已关闭工作周报，期限提醒照常发送"
        )
        return redirect("digest")
    reader = Person.objects.select_related("organisation").get(pk=request.actor.person_id)
    found = digest_for(actor=request.actor, organisation=reader.organisation, on=timezone.localdate())
    values = {
        "digest": found,
        "reader": reader,
        "crumbs": [Crumb("义务台账", reverse("obligations")), Crumb("工作周报")],
    }
    return render(request, "pages/digest.html", values)
