"""HLS playlists (RFC 8216, rfc8216bis): tags in, text out."""
