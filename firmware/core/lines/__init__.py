"""The text of journal lines, frames and sector headers, as device and laptop write and read it."""
