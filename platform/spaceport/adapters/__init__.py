"""The real side of interfaces.py: SQL, Redis, RQ, log files."""
