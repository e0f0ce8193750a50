"""The export formats that come with clapmark, a module each; pyproject.toml names them as entry points."""
