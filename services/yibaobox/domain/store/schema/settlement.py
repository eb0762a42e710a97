"""Visits, fee details, settlements, sign-ins."""
