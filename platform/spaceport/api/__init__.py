"""The Hub-compatible HTTP API: the only place with Hub field names."""
