"""Foundations: clock, outbox and jobs, permissions, errors, files, numbers, search."""
