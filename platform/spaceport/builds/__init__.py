"""commit -> build: planning, queueing, tracking, diagnosis."""
