"""Participations, benefit periods, portal accounts, applications and their papers."""
