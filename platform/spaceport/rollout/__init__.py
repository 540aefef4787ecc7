"""image -> instance -> route: deploying and reconciling."""
