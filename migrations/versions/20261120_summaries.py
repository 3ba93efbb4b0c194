"""roll-ups by the local day

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-20 16:40:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('day_summary',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('covered_s', sa.Integer(), nullable=False),
    sa.Column('priced_s', sa.Integer(), nullable=False),
    sa.Column('solar_wh', sa.Float(), nullable=False),
    sa.Column('import_wh', sa.Float(), nullable=False),
    sa.Column('export_wh', sa.Float(), nullable=False),
    sa.Column('charge_wh', sa.Float(), nullable=False),
    sa.Column('discharge_wh', sa.Float(), nullable=False),
    sa.Column('load_wh', sa.Float(), nullable=False),
    sa.Column('soc_first_pct', sa.Float(), nullable=True),
    sa.Column('soc_last_pct', sa.Float(), nullable=True),
    sa.Column('soc_low_pct', sa.Float(), nullable=True),
    sa.Column('soc_high_pct', sa.Float(), nullable=True),
    sa.Column('basis', sa.String(length=16), nullable=False),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_day_summary_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', 'day', name=op.f('pk_day_summary')),
    sqlite_with_rowid=False
    )
    op.create_table('day_cost',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('way', sa.String(length=12), nullable=False),
    sa.Column('import_wh', sa.Float(), nullable=False),
    sa.Column('export_wh', sa.Float(), nullable=False),
    sa.Column('import_c', sa.Float(), nullable=False),
    sa.Column('feed_in_c', sa.Float(), nullable=False),
    sa.Column('credit_c', sa.Float(), nullable=False),
    sa.Column('free_wh', sa.Float(), nullable=False),
    sa.Column('stored_wh', sa.Float(), nullable=True),
    sa.Column('gained_wh', sa.Float(), nullable=True),
    sa.Column('peaks', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['site_id', 'day'], ['day_summary.site_id', 'day_summary.day'], name=op.f('fk_day_cost_site_id_day_summary'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', 'day', 'way', name=op.f('pk_day_cost')),
    sqlite_with_rowid=False
    )


def downgrade():
    op.drop_table('day_cost')
    op.drop_table('day_summary')
