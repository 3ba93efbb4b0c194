"""What is to be expected of sun, temperature, load and battery, learnt from what was: pure, without network, database or clock."""
