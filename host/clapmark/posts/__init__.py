"""A post as clapmark reads it: markers, bullets, headings, what is the person's and what clapmark wrote."""
