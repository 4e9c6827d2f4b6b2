"""Who may send as whom and who may read what: identities, roles, the hub's own authority, and the door in front."""
