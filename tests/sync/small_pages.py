"""The real door with pages of seven rows, so that a short story has many of them."""

from django.urls import path

from backend.sync.api import SyncView

urlpatterns = [path("api/v1/sync", SyncView.as_view(page_rows=7))]
