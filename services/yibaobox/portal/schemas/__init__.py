"""What the routes of the portal ask for and answer, a module per subject."""
