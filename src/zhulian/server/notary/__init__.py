"""Ledger leaves: every action leaves one."""
