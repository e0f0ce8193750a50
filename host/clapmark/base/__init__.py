"""What every other folder may use: environment, errors, durable writes."""
