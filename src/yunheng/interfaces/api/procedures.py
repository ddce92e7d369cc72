"""Every procedure over the interface, by the same fields as on the pages: begin a case, hand in a file, fill it in."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from ninja import File, Router
from ninja.files import UploadedFile

from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.documents.operations import store
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.errors import NotFound
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import GONE
from yunheng.foundation.workflow.queries import case as find_case
from yunheng.foundation.workflow.queries import kinds
from yunheng.interfaces.api import schemas as s
from yunheng.interfaces.api.acts import described, with_files
from yunheng.interfaces.api.cases import MISSES, detail, who

router = Router(tags=["程序"])


@router.get("/procedures", response={200: list[s.ProcedureOut], 401: s.Problem})
def procedures(request: HttpRequest) -> list[s.ProcedureOut]:
    """All procedures, with what a case of each begins with where the caller may begin one."""
    actor = who(request)
    return [
        s.ProcedureOut(
            kind=kind, label=model.machine.zh, article=model.machine.cite.zh,
            opening=described(model.opening.fields, None, actor)
            if model.opening and doors.may_open(model.machine, actor)
            else None,
        )
        for kind, model in kinds().items()
    ]  # fmt: skip


@router.post("/cases", response={200: s.CaseDetail, **MISSES})
def begin(request: HttpRequest, body: s.CaseIn) -> s.CaseDetail:
    """Begin a case of a kind."""
    actor, model = who(request), kinds().get(body.kind)
    if model is None or model.opening is None:
        raise NotFound("没有这一种办件", todo="按 GET /api/procedures 所列的 kind 调用")
    sent = with_files(model.opening.fields, body.data, case=None, actor=actor)
    return detail(doors.begin_case(model, sent=sent, actor=actor, at=timezone.now()), actor)


@router.put("/cases/{number}/edits/{name}", response={200: s.CaseDetail, **MISSES})
def edit(request: HttpRequest, number: s.Short, name: s.Short, body: s.EditIn) -> s.CaseDetail:
    """Fill in a part of a case; see ``edits`` of the case."""
    actor = who(request)
    case = find_case(actor=actor, number=number)
    act = case.edits.get(name)
    if act is None:
        raise NotFound(GONE)
    sent = with_files(act.fields, body.data, case=case, actor=actor)
    doors.edit(case, name, sent=sent, actor=actor, at=timezone.now())
    case.refresh_from_db()
    return detail(case, actor)


@router.post("/files", response={200: s.FileOut, **MISSES})
def hand_in(request: HttpRequest, file: File[UploadedFile]) -> Attachment:
    """Take in a file (multipart), to be named by its id in a field of kind file."""
    return _stored(request, file, None)


@router.post("/cases/{number}/files", response={200: s.FileOut, **MISSES})
def hand_in_for(request: HttpRequest, number: s.Short, file: File[UploadedFile]) -> Attachment:
    """Take in a file for a case."""
    return _stored(request, file, find_case(actor=who(request), number=number))


def _stored(request: HttpRequest, file: UploadedFile, case: Case | None) -> Attachment:
    actor = who(request)
    return store(
        content=file.read(), filename=file.name or "", kind="file", jurisdiction_id=actor.jurisdiction_id,
        person_id=actor.person_id, at=timezone.now(), case_id=case.pk if case else None,
    )  # fmt: skip
