"""What is plugged in, what state it is in, and what to do about it."""
