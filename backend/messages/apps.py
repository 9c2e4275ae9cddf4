"""The room's name among Django's apps, where `messages` is taken."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """Secure messages."""

    name = "backend.messages"
    label = "care_messages"
