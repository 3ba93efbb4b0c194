"""How bytes reach a vendor: HTTP with deadlines, named errors, budgets."""
