"""REST routes of the credential, below /ec/v1."""
