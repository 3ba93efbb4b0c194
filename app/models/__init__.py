"""Tables: SQLAlchemy 2 typed models, one file per aggregate."""
