"""Commands for a device or a board: find it, flash it, deploy, sync, settings, rescue, and the virtual one."""
