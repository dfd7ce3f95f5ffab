"""The thinking: data in, data out; no I/O, no clock, no SQL."""
