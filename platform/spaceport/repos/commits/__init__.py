"""Commits: those a repo has, and new ones that the hub itself writes."""
