"""The Django server: one app per bounded context, services write, selectors read."""
