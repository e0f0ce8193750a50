"""What a cue or a change does to the outside: sound, vibration, LED, backlight."""
