"""Things we only read: retailers, market, forecasts."""
