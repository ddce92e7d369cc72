"""Errors of the interface as application/problem+json (RFC 9457), in the words of the pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from yunheng.foundation.workflow.errors import BadInput, Refusal


def answer(status: int, detail: str, **more: Any) -> HttpResponse:
    """A problem document: what happened, under which article, what to do now."""
    body = {"type": "about:blank", "title": TITLES.get(status, "不能办理"), "status": status, "detail": detail, **more}
    return JsonResponse(body, status=status, content_type="application/problem+json")


TITLES = {400: "读不懂", 401: "需要令牌", 403: "不能办理", 404: "没有找到", 409: "情况已变", 422: "内容有误"}


def install(api: NinjaAPI) -> None:
    """Every way in which a call can fail."""

    @api.exception_handler(Refusal)
    def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
        problems = (
            [{"where": p.where, "what": p.what} for p in refusal.problems] if isinstance(refusal, BadInput) else []
        )
        article = refusal.cite.zh if refusal.cite else ""
        return answer(refusal.status, refusal.message, article=article, todo=refusal.todo, problems=problems)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        problems = [{"where": ".".join(str(part) for part in e["loc"]), "what": str(e["msg"])} for e in error.errors]
        return answer(422, "请求的内容不合要求", article="", todo="按接口说明改正后再发", problems=problems)

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        told = answer(401, "令牌无效、已过期或没有提供", article="", todo="向平台管理员申领令牌", problems=[])
        told["WWW-Authenticate"] = "Bearer"
        return told

    @api.exception_handler(HttpError)
    def plain(request: HttpRequest, error: HttpError) -> HttpResponse:
        return answer(error.status_code, "请求读不懂" if error.status_code == 400 else str(error), problems=[])
