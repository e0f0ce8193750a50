"""Supervision and services of the running system: tasks, crashes, JSON files, modules, clock."""
