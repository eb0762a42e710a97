"""REST routes of the portal, below /portal/v1, a module per subject."""
