"""WebSocket routes; backend/asgi.py checks the origin of each."""

from django.urls import path

from backend.visits.consumers import RoomConsumer

websocket_urlpatterns = [path("ws/visits/<uuid:visit_id>", RoomConsumer.as_asgi())]
