"""Measurements, as ratios to a bare baseline in the same run (``make bench``); nothing here fails on time."""
