"""Floor 3: ISO base media file format (ISO/IEC 14496-12) and CMAF (ISO/IEC 23000-19).

Each box is a room of its own, named by its four-character code. `header.cmaf_header` and `chunk.cmaf_chunk` write what
the packager publishes; `box.parse_boxes` reads any file into a tree, boxes it does not know kept as they are.
"""
