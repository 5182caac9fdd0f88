"""The register of the assessments' tests."""

from server.assessments.world import as_role, now, register

__all__ = ["as_role", "now", "register"]
