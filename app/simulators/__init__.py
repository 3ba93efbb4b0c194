"""A simulated household and real servers that speak each vendor's protocol on localhost, with faults on demand.

Everything here is seeded: the same seed and the same calls at the same instants give the same household, prices and answers.
"""
