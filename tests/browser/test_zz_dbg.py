import pytest
from sqlalchemy import text
pytestmark = pytest.mark.browser
def test_dbg(home):
    with home.session() as s:
        print(s.execute(text("select count(*), min(start), max(start), min(feed_id) from price where minutes=5")).all())
        print(s.execute(text("select id from price_feed")).all())
        print(s.execute(text("select count(*), min(start), max(start), sum(import_cost_c is null) from energy_interval where minutes=5")).all())
        print(s.execute(text("select count(*), min(taken_at), max(taken_at) from reading")).all())
