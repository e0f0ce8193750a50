"""What runs first after a reset: the app or safe mode."""
