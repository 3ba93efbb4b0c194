"""The simulated batteries that every driver is held against: one entry per brand, each rig in a file of its own.

A simulator holds a device's state and answers real requests on localhost in the vendor's own form. An entry in `SIMULATED` is all that a
new brand adds here."""

from tests.devices.contract import (
    rig_alphaess,
    rig_foxess,
    rig_fronius,
    rig_goodwe,
    rig_huawei,
    rig_modbus_table,
    rig_sigenergy,
    rig_solaredge,
    rig_sungrow,
    rig_tesla,
)

SIMULATED = (
    rig_alphaess.SIMULATED,
    *rig_foxess.SIMULATED,
    rig_fronius.SIMULATED,
    *rig_goodwe.SIMULATED,
    *rig_huawei.SIMULATED,
    *rig_modbus_table.SIMULATED,
    rig_sigenergy.SIMULATED,
    *rig_solaredge.SIMULATED,
    rig_sungrow.SIMULATED,
    *rig_tesla.SIMULATED,
)
