"""Identifiers and codes, dates, verdicts, reasons, canonical JSON, errors: what every other package stands on."""
