"""Fixtures of the judges' tests: those of the unit tests."""

from tests.unit.conftest import deploy, engine

__all__ = ["deploy", "engine"]
