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


# Words for what the schema finds wrong, by the type of the error; {limits} are those of the field.
WORDS = {
    "missing": "须填写",
    "extra_forbidden": "没有这一项",
    "string_too_long": "最多 {max_length} 字",
    "string_too_short": "最少 {min_length} 字",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "须不小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "须不大于 {le}",
}
KINDS = (("decimal", "须为数字"), ("int", "须为整数"), ("float", "须为数字"), ("date", "须为 2026-01-31 这样的日期"),
         ("bool", "须为 true 或 false"), ("string", "须为文字"), ("list", "须为数组"), ("dict", "须为对象"),
         ("json", "须为 JSON"), ("enum", "不在所列各项之中"), ("literal", "不在所列各项之中"))  # fmt: skip


def _words(error: dict[str, Any]) -> str:
    """What is wrong with a field, in Chinese."""
    kind, limits = str(error.get("type", "")), error.get("ctx") or {}
    if kind in WORDS:
        try:
            return WORDS[kind].format(**limits)
        except KeyError:
            return "不合要求"
    return next((words for start, words in KINDS if kind.startswith(start)), "不合要求")


def install(api: NinjaAPI) -> None:
    """Every way in which a call can fail."""

    @api.exception_handler(Refusal)
    def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
        problems = (
            [{"where": p.where, "what": p.what} for p in refusal.problems] if isinstance(refusal, BadInput) else []
        )
        article = refusal.cite.zh if refusal.cite else ""
        return answer(
            refusal.status, refusal.message, article=article, todo=refusal.todo, problems=problems, **refusal.facts
        )

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        problems = [{"where": ".".join(str(part) for part in e["loc"]), "what": _words(e)} for e in error.errors]
        return answer(422, "请求的内容不合要求", article="", todo="按接口说明改正后再发", problems=problems)

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        told = answer(401, "令牌无效、已过期或没有提供", article="", todo="在“接口令牌”页建立令牌后再调用", problems=[])
        told["WWW-Authenticate"] = "Bearer"
        return told

    @api.exception_handler(HttpError)
    def plain(request: HttpRequest, error: HttpError) -> HttpResponse:
        return answer(error.status_code, "请求读不懂" if error.status_code == 400 else str(error), problems=[])
