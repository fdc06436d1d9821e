"""Backups of the services' databases: taken by the clock, checked, restored."""
