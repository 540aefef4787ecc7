"""Discussions and pull requests: opened, talked about, merged."""
