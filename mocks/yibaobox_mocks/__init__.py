"""Pretend outside parties: payment gateways, log-in, banks, hospitals; reached over the wire only."""
