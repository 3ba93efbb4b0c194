"""what ends an owner's wish before its time

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-20 17:36:02.551200

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('owner_wish', schema=None) as batch_op:
        batch_op.add_column(sa.Column('until_soc_pct', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('until_price_c', sa.Float(), nullable=True))


def downgrade():
    with op.batch_alter_table('owner_wish', schema=None) as batch_op:
        batch_op.drop_column('until_price_c')
        batch_op.drop_column('until_soc_pct')
