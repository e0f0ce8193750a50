"""Transcripts: captions of any make become sentences with times, and sentences around a press a quotation."""
