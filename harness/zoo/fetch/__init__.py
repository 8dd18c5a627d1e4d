"""Fetch files of the zoo: download, verify, unpack, keep by digest."""
