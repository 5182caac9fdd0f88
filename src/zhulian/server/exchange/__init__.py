"""Data in: deliveries, quarantine, replay."""
