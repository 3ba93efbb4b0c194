"""the device of a journal entry

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-20 16:20:11.402210

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('journal_entry', schema=None) as batch_op:
        batch_op.add_column(sa.Column('connection_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_journal_entry_connection_id_connection'), 'connection', ['connection_id'], ['id'], ondelete='SET NULL')
        batch_op.create_index('ix_journal_entry_connection_id_id', ['connection_id', 'id'], unique=False)
    # Until now only batteries were commanded, one for each site.
    op.execute(
        "UPDATE journal_entry SET connection_id = (SELECT MIN(connection.id) FROM connection"
        " WHERE connection.site_id = journal_entry.site_id AND connection.role = 'battery') WHERE sent_at IS NOT NULL"
    )


def downgrade():
    with op.batch_alter_table('journal_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_journal_entry_connection_id_id')
        batch_op.drop_constraint(batch_op.f('fk_journal_entry_connection_id_connection'), type_='foreignkey')
        batch_op.drop_column('connection_id')
