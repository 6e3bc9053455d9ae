"""What traffic looks like, how much of it will come, and how much of that can still be sold."""
