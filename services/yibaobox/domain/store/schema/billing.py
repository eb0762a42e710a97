"""Bills, payment orders, receipts, family bindings."""
