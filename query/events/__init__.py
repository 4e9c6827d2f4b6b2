"""What the messages of systemd, journald, the kernel and sshd say of the fleet without any set-up."""
