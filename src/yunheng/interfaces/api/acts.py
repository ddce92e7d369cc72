"""Acts over the machine interface: what they carry, described; what was sent, with files by their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from yunheng.foundation.documents.models import Attachment
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.acts import Field
from yunheng.foundation.workflow.errors import BadInput, Problem
from yunheng.foundation.workflow.models import Case
from yunheng.foundation.workflow.operations import may_take
from yunheng.interfaces.api import schemas as s

MOST_OFFERED = 500


def described(fields: Sequence[Field], case: Case | None, actor: Actor) -> list[s.FieldOut]:
    """The fields of an act in the words of the interface, with the choices and rows of this case."""
    return [_described(field, case, actor) for field in fields]


def _described(field: Field, case: Case | None, actor: Actor) -> s.FieldOut:
    return s.FieldOut(
        name=field.name, label=field.zh, kind=field.kind, required=field.required,
        choices=list(field.choices_for(case, actor))[:MOST_OFFERED],
        columns=[_described(column, case, actor) for column in field.columns],
        keys=[(row.key, row.label) for row in field.rows_for(case, actor)[:MOST_OFFERED]],
    )  # fmt: skip


def open_to(case: Case, actor: Actor) -> list[s.ActOut]:
    """The steps that the actor may take now, with what each carries."""
    return [
        s.ActOut(
            name=step.name, label=step.label, article=step.under.zh,
            fields=described(doors.fields_of(case, step), case, actor),
        )
        for step in case.procedure.leaving(case.state)
        if may_take(case, step, actor) and case.offers(step)
    ]  # fmt: skip


def edits_of(case: Case, actor: Actor) -> list[s.ActOut]:
    """What the actor may fill in now."""
    if not case.editable_by(actor):
        return []
    article = case.procedure.cite.zh
    return [
        s.ActOut(name=name, label=act.label, article=article, fields=described(act.fields, case, actor))
        for name, act in case.edits.items()
    ]


def with_files(fields: Sequence[Field], sent: Mapping[str, Any], *, case: Case | None, actor: Actor) -> dict[str, Any]:
    """What was sent, with each file in place of its id. Raises BadInput for a file that is not there for the actor."""
    found, problems = dict(sent), []
    for field in fields:
        if field.kind == "file" and found.get(field.name) is not None:
            held = _file(found[field.name], case, actor)
            if held is None:
                problems.append(Problem(field.zh, "没有这个文件，先上传再引用它的编号"))
            found[field.name] = held
    if problems:
        raise BadInput(problems)
    return found


def _file(raw: Any, case: Case | None, actor: Actor) -> Attachment | None:
    """A file that the actor's organisation handed in, for this case or for none yet."""
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 < raw < 2**63:
        return None
    ours = Q(uploaded_by__organisation=actor.organisation_id) | Q(
        uploaded_by__organisation__parent=actor.organisation_id
    )
    own = Q(uploaded_by=actor.person_id) if actor.using_unit_id else ours
    held = Attachment.objects.filter(own, pk=raw).first()
    return held if held and held.case_id in (None, case.pk if case else None) else None
