"""The plan of a battery: what to charge, hold and sell over the intervals ahead, from prices, sun and load.

Pure: no network, database, clock or Flask. The recursion needs the standard library alone; `joint` imports scipy when it is called.
Inside this package: kW, kWh and the major unit of the site's currency per kWh, as in the problem file; a battery's power is + charging.
"""
