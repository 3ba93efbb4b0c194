"""The pure core: prices, opinions, tariffs, decisions. Standard library only; no network, database, clock or Flask."""
