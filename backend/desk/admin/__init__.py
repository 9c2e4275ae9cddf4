"""Registrations on the desk's site; imported by Django's autodiscovery."""

from backend.desk.admin import agenda, users

__all__ = ["agenda", "users"]
