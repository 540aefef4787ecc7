"""What happened -> who wants to know: webhooks."""
