-- What the sources call positions.
SELECT position, source_id FROM position SEMI JOIN asked ON asked.position = position.position
