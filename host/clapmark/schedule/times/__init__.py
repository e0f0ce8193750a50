"""Dates, times of day, lengths and zones in the spellings that people and programs use."""
