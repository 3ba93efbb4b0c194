"""Wholesale markets: one package each, shared by all sites of a region."""
