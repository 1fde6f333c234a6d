"""Floor 5: what an origin answers. `Presentation` folds the packager's events; the other rooms are views of it."""
