"""The reports behind a release (8): read by the unit and the offices, not by the provider."""

from __future__ import annotations

from django.http import HttpResponse

from yunheng.domain.services.models import Assessment
from yunheng.foundation.documents.operations import read
from yunheng.foundation.workflow.errors import NotFound
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.procedures.release import KEEPERS
from yunheng.interfaces.web.views.files import download


@page
def evidence(request: Asked, number: str, pk: int) -> HttpResponse:
    """A report as it was handed in."""
    case = find_case(actor=request.actor, number=number)
    row = Assessment.objects.filter(pk=pk, system_id=case.system_id).select_related("attachment").first()
    if case.kind != "release" or row is None or row.attachment is None or request.actor.kind not in KEEPERS:
        raise NotFound("没有这份报告，或你无权查看")
    return download(read(row.attachment), row.attachment.filename, row.attachment.media_type)
