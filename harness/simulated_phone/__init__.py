"""A phone made of software: the real ADB protocol on loopback, an Android-like userland.

It runs no command of this computer. It exists to try harness and its phone side
without a phone, and to break that phone in every way a real one breaks. Its
numbers are this computer's; everything it says of itself is marked as simulated.
"""
