"""Revisions of the tables of pretend parties."""
