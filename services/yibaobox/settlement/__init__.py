"""定点机构结算: the national interface for designated institutions."""
