"""what a connection learned: rotating tokens, pinned certificates

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-20 16:20:11.402117

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('connection', schema=None) as batch_op:
        batch_op.add_column(sa.Column('learned', sa.Text(), nullable=True))


def downgrade():
    with op.batch_alter_table('connection', schema=None) as batch_op:
        batch_op.drop_column('learned')
