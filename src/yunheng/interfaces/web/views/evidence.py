"""Documents behind a case: reports of a release (8), which a provider does not read; the basis of a succession."""

from __future__ import annotations

from django.http import HttpResponse

from yunheng.domain.services.models import Assessment, Succession
from yunheng.foundation.documents.operations import read
from yunheng.foundation.workflow.errors import NotFound
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.interfaces.web.access import Asked, page
from yunheng.interfaces.web.procedures.release import KEEPERS
from yunheng.interfaces.web.views.files import download


@page
def report(request: Asked, number: str, pk: int) -> HttpResponse:
    """A report as it was handed in."""
    case = find_case(actor=request.actor, number=number)
    row = Assessment.objects.filter(pk=pk, system_id=case.system_id).select_related("attachment").first()
    if case.kind != "release" or row is None or row.attachment is None or request.actor.kind not in KEEPERS:
        raise NotFound("没有这份报告，或你无权查看")
    return download(read(row.attachment), row.attachment.filename, row.attachment.media_type)


@page
def basis(request: Asked, number: str) -> HttpResponse:
    """The document under which something is followed by another (R-023)."""
    case = find_case(actor=request.actor, number=number)
    if not isinstance(case, Succession) or case.attachment is None:
        raise NotFound("没有这份文件，或你无权查看")
    return download(read(case.attachment), case.attachment.filename, case.attachment.media_type)
