"""The verbs of the link, one module for each. docs/link.md describes them, with an example of each."""
