"""One folder for each provider's API; whatever lies here is found, served and documented."""
