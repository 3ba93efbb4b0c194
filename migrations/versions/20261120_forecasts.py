"""forecasts of sun, temperature and load

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-20 16:40:00.000000

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('forecast_calls',
    sa.Column('brand', sa.String(length=40), nullable=False),
    sa.Column('account', sa.String(length=32), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('calls', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('brand', 'account', 'day', name=op.f('pk_forecast_calls'))
    )
    op.create_table('outdoor_temperature',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('temperature_c', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_outdoor_temperature_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', 'start', name=op.f('pk_outdoor_temperature')),
    sqlite_with_rowid=False
    )
    op.create_table('site_forecast',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.String(length=11), nullable=False),
    sa.Column('source', sa.String(length=40), nullable=False),
    sa.Column('setup', sa.String(length=16), nullable=False),
    sa.Column('issued_at', sa.BigInteger(), nullable=False),
    sa.Column('ends_at', sa.BigInteger(), nullable=False),
    sa.Column('points', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_forecast_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site_forecast')),
    sa.UniqueConstraint('site_id', 'quantity', 'issued_at', name=op.f('uq_site_forecast_site_id_quantity_issued_at'))
    )
    op.create_table('site_forecast_sample',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.String(length=11), nullable=False),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('lead_min', sa.SmallInteger(), nullable=False),
    sa.Column('setup', sa.String(length=16), nullable=False),
    sa.Column('forecast_w', sa.Float(), nullable=False),
    sa.Column('measured_w', sa.Float(), nullable=False),
    sa.Column('is_held_back', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_forecast_sample_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', 'quantity', 'start', 'lead_min', name=op.f('pk_site_forecast_sample')),
    sqlite_with_rowid=False
    )
    op.create_table('site_forecast_score',
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.String(length=11), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('lead_min', sa.SmallInteger(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('sum_w', sa.Float(), nullable=False),
    sa.Column('abs_sum_w', sa.Float(), nullable=False),
    sa.Column('measured_sum_w', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_forecast_score_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('site_id', 'quantity', 'day', 'lead_min', name=op.f('pk_site_forecast_score')),
    sqlite_with_rowid=False
    )


def downgrade():
    op.drop_table('site_forecast_score')
    op.drop_table('site_forecast_sample')
    op.drop_table('site_forecast')
    op.drop_table('outdoor_temperature')
    op.drop_table('forecast_calls')
