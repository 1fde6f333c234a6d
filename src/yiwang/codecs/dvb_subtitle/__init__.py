"""DVB subtitles (ETSI EN 300 743): segments in, pictures on the screen out."""
