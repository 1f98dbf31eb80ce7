"""Webhooks of other systems: one module a vendor, each turns one of its events into records."""
