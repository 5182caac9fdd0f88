"""The closed loop: events judged by rules; flags, obligations, shares, copy notices."""
