"""The device in a browser: the pages, what they load, and the server for the loopback address."""
