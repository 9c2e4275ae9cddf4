"""Readers of real exports, one file a format; table.py lists them."""
