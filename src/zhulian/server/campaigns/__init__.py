"""Rectification, verification and campaigns: what officers and enterprises do after a rule and a decision asked for it."""
