"""The simulated solar inverters that every driver is held against: one entry per brand, each rig in a file of its own."""

from tests.devices.contract import (
    rig_enphase,
    rig_fronius,
    rig_goodwe,
    rig_huawei,
    rig_modbus_table,
    rig_solaredge,
    rig_sungrow_inverters,
    rig_sunspec,
    rig_zeversolar,
)

INVERTERS = (
    *rig_enphase.SIMULATED,
    *rig_fronius.INVERTERS,
    *rig_goodwe.INVERTERS,
    *rig_huawei.INVERTERS,
    *rig_modbus_table.INVERTERS,
    *rig_solaredge.INVERTERS,
    *rig_sungrow_inverters.SIMULATED,
    *rig_sunspec.SIMULATED,
    *rig_zeversolar.SIMULATED,
)
