"""Collections: made, filled, put in order."""
