"""The command line: words -> settings, progress -> the terminal."""
