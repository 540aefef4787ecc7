"""push -> commit: bare repositories, smart HTTP, checks at the door."""
