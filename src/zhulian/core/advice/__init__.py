"""Advice to enterprises: what is missing in plain words, what would change it, and what one person is worth."""
