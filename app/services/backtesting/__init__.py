"""Backtests: a home's past, or a file of its meter, lived through again with other strategies, another battery or another plan."""
