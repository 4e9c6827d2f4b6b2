"""What brings Journalhub to a machine: systemd units, the setup of a checkout, the demo fleet."""
