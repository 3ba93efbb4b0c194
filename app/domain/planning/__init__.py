"""What a plan rests on, step by step: prices, sun and load ahead. Pure."""
