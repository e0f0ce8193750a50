"""What the panel shows: canvas, digits, screens."""
