"""Floor 3: XMLTV guides (xmltv.dtd of the XMLTV project), read and written as a stream of any length."""
