"""The room's clock: one state, sent to pages that count by themselves (docs/stage.md)."""
