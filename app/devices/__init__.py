"""Things we command: one package per brand."""
