"""Opus packets of arbitrary octets behind a TOC, and access units of transport streams: control headers before them."""

FRAMES = (480, 960, 1920, 2880) * 3 + (480, 960) * 2 + (120, 240, 480, 960) * 4
"""Samples by config, RFC 6716 table 2."""


def packet(fill=0x11, *, config=31, code=0, count=None, size=40):
    head = bytes([config << 3 | 4 | code]) + (b"" if count is None else bytes([count]))
    return head + bytes([fill]) * (size - len(head))


def opus(data, *, start_trim=None, end_trim=None, extension=None, reserved=0):
    flags = (start_trim is not None) << 4 | (end_trim is not None) << 3 | (extension is not None) << 2 | reserved
    n, last = divmod(len(data), 255)
    header = bytes([0x7F, 0xE0 | flags]) + b"\xff" * n + bytes([last])
    header += b"".join(trim.to_bytes(2, "big") for trim in (start_trim, end_trim) if trim is not None)
    header += b"" if extension is None else bytes([len(extension)]) + extension
    return header + data
