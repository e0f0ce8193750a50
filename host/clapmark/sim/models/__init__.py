"""Models of chips: NOR flash, display controllers, UART."""
