"""审计: who saw, changed, exported what, and why, out of the ledger's leaves."""
