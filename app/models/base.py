"""The base of every table, with one naming rule for keys and indexes (so that both databases and the migrations agree)."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

READS_ONLY = "powersync_reads_only"  # execution option of an engine whose sessions only read: they wait for no writer


class Base(DeclarativeBase):
    """Declarative base; `app.extensions.db` shares its metadata."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
