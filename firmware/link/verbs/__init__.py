"""The rarer verbs of the link, one module for each; `link.sync_verbs` has the others. docs/link.md has examples."""
