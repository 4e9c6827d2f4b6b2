"""`./dev up`: a collector, shippers, and where wanted a fleet of demo hosts, on one machine."""
