"""person -> app: signing people in to apps, and tokens for what they let these do."""
