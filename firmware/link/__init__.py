"""The serial protocol's device side: sessions, requests, answers, one module per verb."""
