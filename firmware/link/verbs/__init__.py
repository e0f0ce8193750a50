"""What each verb of the link does, one module for each. docs/link.md describes them, with an session each."""
