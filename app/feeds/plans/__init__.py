"""Plans of fixed prices as an owner writes them down: what the retailers without a price service have in common."""
