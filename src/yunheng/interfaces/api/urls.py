"""The machine interface under /api/, described at /api/openapi.json."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.security import HttpBearer

from yunheng.domain.parties.queries import actor_for, bearer
from yunheng.foundation.workflow.actor import Actor
from yunheng.interfaces.api import problems
from yunheng.interfaces.api.advice import router as advice
from yunheng.interfaces.api.cases import router as cases
from yunheng.interfaces.api.delegations import router as delegations
from yunheng.interfaces.api.inventories import router as inventories
from yunheng.interfaces.api.money import router as money
from yunheng.interfaces.api.obligations import router as obligations
from yunheng.interfaces.api.procedures import router as procedures
from yunheng.interfaces.api.registers import router as registers
from yunheng.interfaces.api.registrations import router as registrations
from yunheng.interfaces.api.releases import router as releases
from yunheng.interfaces.api.senders import router as senders
from yunheng.interfaces.api.settlements import router as settlements
from yunheng.interfaces.api.webhooks import router as webhooks
from yunheng.interfaces.api.work_orders import router as work_orders


class Token(HttpBearer):
    """A bearer token of an organisation, which acts as one of its people."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        at = timezone.now()
        person = bearer(token=token, at=at)
        return actor_for(person=person, at=at) if person else None


api: Any = NinjaAPI(
    title="云衡 Yunheng", version="1", auth=Token(), docs_url=None, urls_namespace="api",
    description="政务云服务统筹管理：申请、审核、开通、台账、计费、结算。",
)  # fmt: skip
problems.install(api)
api.add_router("", cases)
api.add_router("", procedures)
api.add_router("", obligations)
api.add_router("", registers)
api.add_router("", money)
api.add_router("", inventories)
api.add_router("", registrations)
api.add_router("", settlements)
api.add_router("", releases)
api.add_router("", senders)
api.add_router("", advice)
api.add_router("", delegations)
api.add_router("", webhooks)
api.add_router("", work_orders)


def unknown(request: HttpRequest, path: str) -> HttpResponse:
    """An address that the interface does not have: a problem like any other, never a page."""
    return problems.answer(404, "接口没有这个地址", article="", todo="按 /api/openapi.json 的说明调用", problems=[])


urlpatterns = [path("", api.urls), path("<path:path>", csrf_exempt(unknown))]
