"""Two doors: pages for people, and the interface for machines under /api/; plug-ins deliver where their protocols say."""

from __future__ import annotations

from django.urls import include, path

from yunheng.interfaces.api.ingest import goodbye, metrics, write

urlpatterns = [
    path("v1/metrics", metrics),
    path("v1/goodbye", goodbye),
    path("api/v1/write", write),
    path("api/", include("yunheng.interfaces.api.urls")),
    path("", include("yunheng.interfaces.web.urls")),
]
