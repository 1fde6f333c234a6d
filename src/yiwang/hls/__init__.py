"""Floor 3: HTTP Live Streaming (draft-pantos-hls-rfc8216bis), Media Playlists and Multivariant Playlists as text."""
