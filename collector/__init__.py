"""Receives participants' files from the pages and keeps them on this machine.

Rooms, each of which knows only those before it (tests/test_rooms.py): errors, study (what the public sites ask), checks
(a request's body -> a checked file), store (files on disk), rate (requests by address), app (requests and answers),
server (connections), cli. Of the project it knows `scoring.files` alone, and no answer key.
"""
