"""--new-id128: a new random id, in the forms that journalctl prints."""


def new_id_text(random: bytes) -> str:
    """The text for 16 random bytes, made a UUID of version 4."""
    raw = bytearray(random)
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    uuid = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    macro = ",".join(text[at : at + 2] for at in range(0, 32, 2))
    return (
        f"As string:\n{text}\n\nAs UUID:\n{uuid}\n\nAs systemd-id128(1) macro:\n#define XYZ SD_ID128_MAKE({macro})\n\n"
        f"As Python constant:\n>>> import uuid\n>>> XYZ = uuid.UUID('{text}')\n"
    )
