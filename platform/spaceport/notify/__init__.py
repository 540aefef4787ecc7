"""What happened -> who wants to know: people and webhooks."""
