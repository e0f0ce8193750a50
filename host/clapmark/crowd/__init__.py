"""What an audience marked: the marks that people share with a hub, and the moments that come back."""
