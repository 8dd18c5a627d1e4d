"""Phones over the Android Debug Bridge: one connection protocol, two ways to speak it."""
