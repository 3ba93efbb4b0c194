"""What has been: energy, money and battery by day, week, month and year, from the stored roll-ups."""
