"""Plans of fixed prices that an owner writes: `draft` reads one while it is written, `kept` stores them, `use` makes one the home's
retailer, `preview` tells what it would do."""
