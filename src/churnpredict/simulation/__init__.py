"""A seeded B2B company with a known true hazard, for tests, demonstrations and honesty checks."""

from .company import Company, simulate
from .world import Programme, World

__all__ = ["Company", "Programme", "World", "simulate"]
