"""The platform behind small facades: clock, identity, notifications, alarms."""
