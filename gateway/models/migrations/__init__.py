"""Numbered scripts that change the tables; each is a frozen description of its own moment."""
