"""Puts collector and shipper under systemd: `journalhub install` and `journalhub uninstall`."""
