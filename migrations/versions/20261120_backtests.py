"""backtests that are asked for on a page

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-20 17:46:02.118204

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('backtest',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=True),
    sa.Column('file', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.String(length=9), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('result', sa.JSON(), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name=op.f('ck_backtest_state_is_known')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_backtest_site_id_site'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_backtest'))
    )
    with op.batch_alter_table('backtest', schema=None) as batch_op:
        batch_op.create_index('ix_backtest_site_id_asked_at', ['site_id', 'asked_at'], unique=False)


def downgrade():
    op.drop_table('backtest')
