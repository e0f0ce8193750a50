"""The countdown runs of a conference, planned against actual."""
