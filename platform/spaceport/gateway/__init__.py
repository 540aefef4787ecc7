"""route -> visitor: the reverse proxy."""
