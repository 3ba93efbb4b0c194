"""Making the plan of a home's battery: what is known goes in, the optimizer solves it, the plan is stored and the loop follows it."""
