"""What Australia's electricity networks charge for a kWh: from the table of a library, or from rates that the owner enters."""
