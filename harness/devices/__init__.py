"""Devices: where inference happens, described by a profile and reached by a connection."""
