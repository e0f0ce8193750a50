"""How long frames of the link may be, in bytes, the LF at the end included. Both sides keep to these numbers."""

from firmware.core.portable import const

REQUEST_BYTES = const(200)
LONG_REQUEST_BYTES = const(256)  # for `schedule` only: with the LF before it, it fits the ESP32's receive ring (259)
ANSWER_BYTES = const(480)
PACKED_BYTES = const(1024)  # of a compressed block of the schedule
PACKED_WINDOW_BITS = const(10)  # of deflate: the device needs 1 KB to unpack a block
SETTING_BYTES = const(2048)  # of a setting's value as JSON
FILE_BYTES = const(1 << 21)  # of a schedule: above 9,999 rows of 180 bytes
