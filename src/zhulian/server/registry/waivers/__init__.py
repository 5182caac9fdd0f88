"""Credit codes that fail their check character on the original certificate: recorded, confirmed, revoked by people."""
