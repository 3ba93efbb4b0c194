"""The battery as its records show it."""

from datetime import timedelta

import pytest

from app.control.forecasts.battery import learnt_battery
from app.models.energy import EnergyInterval
from tests.control.forecasts.homes import MORNING, Home
from tests.domain.forecasts.test_battery_fit import cycles


def test_it_is_learnt_from_five_minutes_that_were_measured_whole(any_home: Home) -> None:
    site = any_home.link(None)
    samples = cycles(6)
    first = MORNING - timedelta(seconds=MORNING.timestamp() % 300) - len(samples) * timedelta(minutes=5)
    with any_home.session() as session:
        assert learnt_battery(session, site.id, MORNING).usable_wh is None
        for number, sample in enumerate(samples):
            session.add(
                EnergyInterval(
                    site_id=site.id,
                    minutes=5,
                    start=first + number * timedelta(minutes=5),
                    covered_s=300,
                    solar_wh=0.0,
                    import_wh=sample.charge_wh,
                    export_wh=sample.discharge_wh,
                    charge_wh=sample.charge_wh,
                    discharge_wh=sample.discharge_wh,
                    load_wh=0.0,
                    soc_pct=sample.soc_end_pct,
                )
            )
        session.commit()
        fit = learnt_battery(session, site.id, MORNING)
        assert fit.usable_wh == pytest.approx(13_500, rel=0.005)
        assert fit.efficiency_charge == pytest.approx(0.95, rel=0.005)
        session.query(EnergyInterval).update({"covered_s": 280})
        session.commit()
        assert learnt_battery(session, site.id, MORNING).usable_wh is None, "what was not measured whole proves nothing"
