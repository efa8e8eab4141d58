-- The first ids never used.
SELECT max(try_cast(value AS INTEGER)) FILTER (key = 'next_person'), max(try_cast(value AS INTEGER)) FILTER (key = 'next_position')
FROM previous.meta
