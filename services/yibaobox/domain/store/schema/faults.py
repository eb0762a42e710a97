"""Faults that are armed and the log of those that fired."""
