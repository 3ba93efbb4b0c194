"""Sources of solar and weather forecasts, one package each."""
