"""Floor 3: M3U channel lists as television apps read and write them (not HLS playlists: those are in ``hls``)."""
