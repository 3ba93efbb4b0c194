"""What the owner changes by hand at each brand of battery: raw registers, or settings in the vendor's app."""

from typing import Any

HANDS: dict[str, tuple[dict[int, float], ...]] = {
    "alphaess": ({0x0850: 20}, {0x0850: 25}),
    "foxess": ({41009: 20}, {41009: 25}, {46611: 20}, {46611: 25}),
    "fronius": ({7: 1500}, {7: 2000}),
    "goodwe": ({45356: 10}, {45356: 15}),
    "huawei": ({47102: 200}, {47102: 170}),
    "modbus_table": ({201: 30}, {201: 25}, {13058: 200}, {13058: 250}),
    "sigenergy": ({40046: 250}, {40046: 300}),
    "solaredge": ({0xE008: 20.0}, {0xE008: 30.0}),
    "sungrow": ({13058: 200}, {13058: 250}),
}
BY_OFFSET = "fronius"  # told by its offset in a model, held by its address


def change_by_hand(brand: str, rig: Any, which: int) -> bool:
    """Change one setting at the device; False where it is what was chosen already."""
    before = rig.settings()
    if brand == "tesla":
        rig.world.powerwall.owner_sets(backup_reserve_percent=(35, 45)[which])
    else:
        known = [each for each in HANDS[brand] if brand == BY_OFFSET or set(each) <= set(before)]
        rig.device.owner_sets(known[which])
    return bool(rig.settings() != before)
